import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';

/** What a person has agreed to give one client; the union of everything agreed so far. */
export interface Consent {
  readonly v: 1;
  readonly scopes: readonly string[];
  /** Asked for one by one, by the `claims` parameter. */
  readonly claims: readonly string[];
  /** Scopes by resource indicator (RFC 8707). */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Epoch ms of the last change. */
  readonly at: number;
}

export interface Wanted {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

export async function readConsent(
  store: Store,
  account: string,
  client: string,
): Promise<Consent | undefined> {
  const found = await store.get<Consent>(keys.consent(account, client));
  return found && !found.dead ? found.value : undefined;
}

/** Adds to what was agreed before. */
export async function giveConsent(
  store: Store,
  account: string,
  client: string,
  given: Wanted,
  now: number,
): Promise<void> {
  await update<Consent>(store, keys.consent(account, client), (current) => ({
    value: union(current?.value, given, now),
    ttlMs: null,
  }));
}

export function union(before: Consent | undefined, given: Wanted, now: number): Consent {
  const resources: Record<string, readonly string[]> = { ...before?.resources };
  for (const [resource, scopes] of Object.entries(given.resources)) {
    resources[resource] = [...new Set([...(resources[resource] ?? []), ...scopes])];
  }
  return {
    v: 1,
    scopes: [...new Set([...(before?.scopes ?? []), ...given.scopes])],
    claims: [...new Set([...(before?.claims ?? []), ...given.claims])],
    resources,
    at: now,
  };
}

/** Whether everything wanted has been agreed to. */
export function covers(consent: Wanted | undefined, wanted: Wanted): boolean {
  if (!consent) return false;
  return (
    wanted.scopes.every((scope) => consent.scopes.includes(scope)) &&
    wanted.claims.every((claim) => consent.claims.includes(claim)) &&
    Object.entries(wanted.resources).every(([resource, scopes]) =>
      scopes.every((scope) => consent.resources[resource]?.includes(scope)),
    )
  );
}
