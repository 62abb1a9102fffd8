import { AsyncLocalStorage } from 'node:async_hooks';
import type { Account } from '../accounts/account.ts';
import type { Version } from '../store/port.ts';

/**
 * What one HTTP request has read so far. The adapter decides writes by the versions seen here, so that a request
 * that acts on something stale loses instead of overwriting (R34, R57).
 */
export interface RequestScope {
  /** Version each record had when this request read it. */
  readonly seen: Map<string, Version>;
  /** The values read: the base of a session's three-way merge, an interaction for its second reader, a spent code's grant. */
  readonly values: Map<string, unknown>;
  /** Accounts read in this request: each is read once. */
  readonly accounts: Map<string, Promise<Account | undefined>>;
  /** The session id this request rotated away from. */
  rotatedFrom?: string;
  /** Another request finished this interaction first: nothing it does to a device code may stick. */
  interactionLost: boolean;
}

const storage = new AsyncLocalStorage<RequestScope>();

function newRequestScope(): RequestScope {
  return { seen: new Map(), values: new Map(), accounts: new Map(), interactionLost: false };
}

/** Runs `work` with a scope of its own; everything the adapter does inside shares it. */
export function inRequestScope<T>(work: () => Promise<T>): Promise<T> {
  return storage.run(newRequestScope(), work);
}

/** The current request's scope; a fresh one outside of any request (CLI, start). */
export function requestScope(): RequestScope {
  return storage.getStore() ?? newRequestScope();
}
