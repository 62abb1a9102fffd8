import type { Logger } from 'pino';
import { DAY, names } from '../store/keys.ts';
import type { Name, Store, StoredEvent } from '../store/port.ts';
import { AUDIT_CATEGORIES, type AuditCategory, type AuditEvent, categoryOf, isLasting } from './events.ts';

/** An event as it is stored and logged. */
export type AuditRecord = AuditEvent & {
  readonly v: 1;
  /** Epoch ms when it happened. */
  readonly at: number;
  readonly requestId?: string;
};

export interface AuditPage {
  readonly events: readonly StoredEvent<AuditRecord>[];
  /** Hand back as `after` to go on, also after an empty page. */
  readonly after: string | undefined;
}

/** Where one has read up to in each category. */
export type AuditCursors = Partial<Record<AuditCategory, string>>;

export interface Audit {
  /**
   * Logs the event as a JSON line at once and puts it in a queue for the store: nobody waits, nothing is thrown. What
   * the store refuses is in the JSON lines only, and a line says so. Events go to the store together, up to 100 ms
   * later: a process that is killed takes those of that time with it, and only the JSON lines have them.
   */
  record(event: AuditEvent, context?: { readonly requestId?: string }): void;
  /** Oldest first, of one category or one account. @throws StoreUnavailable */
  read(
    of:
      | { readonly category: AuditCategory }
      | { readonly account: string }
      /** Wrong and throttled passwords of one account. */
      | { readonly attempts: string }
      /** What happened to one account that a password alone cannot cause; in the account's own log, too, for a time. */
      | { readonly lasting: string },
    options?: { readonly after?: string; readonly sinceMs?: number; readonly limit?: number },
  ): Promise<AuditPage>;
  /** The next events of all categories by time, for `events --follow`. @throws StoreUnavailable */
  readAll(options?: {
    readonly after?: AuditCursors;
    readonly sinceMs?: number;
    readonly limit?: number;
  }): Promise<{ readonly events: readonly StoredEvent<AuditRecord>[]; readonly after: AuditCursors }>;
  /** Resolves once everything recorded so far has been written, or given up. */
  flush(): Promise<void>;
  /** `flush`, and from then on events go to the JSON lines only. */
  close(): Promise<void>;
}

export interface AuditOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly now?: () => number;
  /** Id of the request being handled, where an event is recorded without one. */
  readonly currentRequestId?: () => string | undefined;
  /** Events kept in each category's log and each account's, and for how long. */
  readonly keep?: { readonly perCategory: number; readonly perAccount: number; readonly maxAgeMs: number };
}

const KEEP = { perCategory: 100_000, perAccount: 1_000, maxAgeMs: 90 * DAY };
/** Events that may wait while the store is slow or away; past it they are in the JSON lines only. */
const MOST_WAITING = 10_000;
/** No account's `sub` is this short. */
const NOBODY = '-';
/** Appends handed to the store together, in order: as soon as there are so many, or this many ms after the first. */
const BATCH = 64;
const GATHER_MS = 100;

export function createAudit(options: AuditOptions): Audit {
  const { store, logger, now = Date.now, keep = KEEP, currentRequestId } = options;
  const waiting: AuditRecord[] = [];
  let draining: Promise<void> | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let closed = false;

  function record(event: AuditEvent, context: { readonly requestId?: string } = {}): void {
    const requestId = context.requestId ?? currentRequestId?.();
    const entry: AuditRecord = {
      v: 1,
      at: now(),
      ...(requestId === undefined ? {} : { requestId }),
      ...event,
    };
    logger.info({ audit: true, ...entry }, event.type);
    if (closed) return;
    if (waiting.length >= MOST_WAITING) {
      gaveUp(entry, 'too many events wait for the store');
      return;
    }
    waiting.push(entry);
    // One commit then does for what several requests have to say.
    if (waiting.length >= BATCH) startDraining();
    else gathering ??= setTimeout(startDraining, GATHER_MS);
  }

  function startDraining(): void {
    clearTimeout(gathering);
    gathering = undefined;
    draining ??= drain().finally(() => {
      draining = undefined;
    });
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) await Promise.all(waiting.splice(0, BATCH).map(write));
  }

  async function write(entry: AuditRecord): Promise<void> {
    try {
      const appends = [append(names.log(categoryOf(entry.type)), entry, keep.perCategory)];
      const account = accountOf(entry);
      if (account !== undefined) {
        const log =
          categoryOf(entry.type) === 'attempt' ? names.accountAttempts(account) : names.accountLog(account);
        appends.push(append(log, entry, keep.perAccount));
        if (isLasting(entry.type))
          appends.push(append(names.accountLasting(account), entry, keep.perAccount));
      }
      await Promise.all(appends);
    } catch (error) {
      gaveUp(entry, error);
    }
  }

  function append(name: Name, entry: AuditRecord, max: number): Promise<string> {
    return store.log.append(name, entry, { max, maxAgeMs: keep.maxAgeMs });
  }

  function gaveUp(entry: AuditRecord, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    logger.error({ lost: entry.type, at: entry.at, reason }, 'an audit event is in this log only');
  }

  /** Before a read, so that whoever reads here sees what was recorded here. */
  async function handOver(): Promise<void> {
    if (waiting.length > 0) startDraining();
    await draining;
  }

  async function flush(): Promise<void> {
    if (waiting.length > 0) startDraining();
    while (draining) await draining;
  }

  return {
    record,
    flush,
    async read(of, options = {}) {
      const name =
        'category' in of
          ? names.log(of.category)
          : 'attempts' in of
            ? names.accountAttempts(of.attempts)
            : 'lasting' in of
              ? names.accountLasting(of.lasting)
              : names.accountLog(of.account);
      await handOver();
      const events = await store.log.read<AuditRecord>(name, { limit: 100, ...options });
      return { events, after: events.at(-1)?.id ?? options.after };
    },
    async readAll({ after = {}, sinceMs, limit = 100 } = {}) {
      await handOver();
      const pages = await Promise.all(
        AUDIT_CATEGORIES.map(async (category) => {
          const from = after[category];
          const events = await store.log.read<AuditRecord>(names.log(category), {
            limit,
            ...(from === undefined ? {} : { after: from }),
            ...(sinceMs === undefined ? {} : { sinceMs }),
          });
          return events.map((event) => ({ category, event }));
        }),
      );
      const oldest = pages
        .flat()
        .sort((a, b) => a.event.at - b.event.at)
        .slice(0, limit);
      const cursors: AuditCursors = { ...after };
      for (const { category, event } of oldest) cursors[category] = event.id;
      return { events: oldest.map(({ event }) => event), after: cursors };
    },
    async close() {
      closed = true;
      await flush();
    },
  };
}

/** A password event without an account goes to nobody's log, so that an unknown name costs what a known one does (R42). */
function accountOf(entry: AuditRecord): string | undefined {
  if ('account' in entry && entry.account !== undefined) return entry.account;
  return entry.type.startsWith('password.') ? NOBODY : undefined;
}
