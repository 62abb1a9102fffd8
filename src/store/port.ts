/**
 * The store port: everything Countersign remembers goes through these few verbs.
 *
 * Every write that must be atomic touches ONE key and is a compare-and-set, so the rules of the domain live in
 * plain functions and run unchanged on SQLite, Redis and a Redis Cluster. All times are milliseconds on the
 * store's own clock; a record past its expiry is absent, whether or not anything has swept it.
 */

/** A key made by `keys.ts`, never by hand: its first segment is its type (R52). */
export type Key = string & { readonly __key: unique symbol };

/** The name of an index or a log, made by `keys.ts` too. */
export type Name = string & { readonly __name: unique symbol };

/** Opaque and random, never reused for a key, not even after a delete (no ABA). */
export type Version = string;

export interface Live<T> {
  readonly value: T;
  readonly version: Version;
  readonly expiresAt: number | null;
  readonly dead?: false;
}

/** What a delete with `tombstone` leaves until the record's own expiry: nothing can be written over it. */
export interface Tombstone {
  readonly dead: true;
  readonly version: Version;
  readonly expiresAt: number | null;
  readonly value?: undefined;
}

export type Found<T> = Live<T> | Tombstone | undefined;

export interface PutOptions {
  /** `absent`/`present`: whether a live record is there; `any`; or the version that must still be the current one. */
  readonly if: 'absent' | 'present' | 'any' | { readonly version: Version };
  /** Life in ms from now; `null` = for ever; `keep` = the expiry the record has (for ever for a new one). */
  readonly ttlMs: number | null | 'keep';
  /** A topic told to every process's `onWake` listeners once the write is durable. */
  readonly wake?: string;
  /** The wake brings the written value along, for whoever is in a hurry to hear of it. */
  readonly carry?: boolean;
}

export interface DeleteOptions {
  readonly if?: Version;
  readonly tombstone?: boolean;
  readonly wake?: string;
}

export interface CountOptions {
  /** Length of the sliding window in ms; `null` counts until deleted. */
  readonly windowMs: number | null;
  /** Default 1; `0` reads without counting; a negative number gives back. The count never goes below zero. */
  readonly by?: number;
}

export interface Count {
  readonly count: number;
  /** When the count falls if nothing more comes, ms on the store's clock; `Infinity` when it never does. */
  readonly resetsAt: number;
}

export interface IndexEntry {
  readonly member: string;
  readonly order: number;
}

export interface Page {
  readonly entries: readonly IndexEntry[];
  /** Hand back as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

export interface StoredEvent<E = unknown> {
  readonly id: string;
  readonly at: number;
  readonly event: E;
}

/** Reads the value that a wake carries; unchecked, as any record. Most processes have nobody who wants it. */
export type Carried = () => unknown;

export type WakeListener = (topic: string, carried?: Carried) => void;

export type Unsubscribe = () => Promise<void>;

export interface Store {
  /** Which engine this is, for logs and health pages. */
  readonly engine: 'embedded' | 'redis';

  get<T>(key: Key): Promise<Found<T>>;
  /** Same order as `keys`; one round trip (one a slot on a Cluster). */
  getMany<T>(keys: readonly Key[]): Promise<Found<T>[]>;
  /** The new version, or `false` when the condition did not hold. On a tombstone always `false`. */
  put<T>(key: Key, value: T, options: PutOptions): Promise<Version | false>;
  /**
   * `true` for the one caller who removed a live record, or cleared a counter: without `if` and `tombstone` the
   * counter of the same key goes too. A tombstone cannot be deleted.
   */
  delete(key: Key, options?: DeleteOptions): Promise<boolean>;
  /**
   * Reserve, then act: counts first and says what the count is now. Counters live apart from records; `delete` clears
   * one. Never too low; an event may be counted up to 1 % longer than the window.
   */
  count(key: Key, options: CountOptions): Promise<Count>;

  readonly index: {
    /** Adds or moves a member; each member has an expiry of its own (`null` = none). */
    add(name: Name, member: string, options: { order: number; ttlMs: number | null }): Promise<void>;
    remove(name: Name, member: string): Promise<void>;
    /** Members by `order` (then by name); `limit` at most 1,000. */
    page(name: Name, options: { after?: string; limit: number; newestFirst?: boolean }): Promise<Page>;
  };

  readonly log: {
    /** Keeps at most `max` (at least 1) events no older than `maxAgeMs`; returns the event's id, which only grows. */
    append(name: Name, event: unknown, options: { max: number; maxAgeMs: number }): Promise<string>;
    /** Oldest first, after the id `after` and not older than `sinceMs` (a time on the store's clock). */
    read<E>(
      name: Name,
      options: { after?: string; sinceMs?: number; limit: number },
    ): Promise<StoredEvent<E>[]>;
  };

  /**
   * Calls `listener` with each topic woken by any process, and with `'*'` when wakes may have been missed (a
   * reconnect, another process wrote): re-read everything parked. A wake is a hint, never the truth; so is the value
   * it carries, which may have been replaced since.
   */
  onWake(listener: WakeListener): Promise<Unsubscribe>;
  /** ms on the store's clock. */
  now(): Promise<number>;
  /** Throws `StoreUnavailable` unless a read and a durable write work. */
  check(): Promise<void>;
  close(): Promise<void>;
}
