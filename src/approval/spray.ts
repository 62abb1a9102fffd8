import type { Rule } from '../limits/throttle.ts';
import { limitSubject, networkOf } from '../risk/client-address.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';

/**
 * Push spray: one address or network that has the passwords of many accounts and asks each of them once or twice, under
 * every account's own cap. What is counted are accounts, not tries, and only from browsers those accounts do not know:
 * past the limit no phone rings any more for such browsers there. Their requests are still listed for whoever opens the
 * authenticator, so that a person who shares the address gets in.
 */
export interface SprayRules {
  readonly address: Rule;
  /** The /24 of an IPv4 address, the /64 of an IPv6 one. */
  readonly network: Rule;
}

export interface Sprayed {
  /** Whether phones are left alone. */
  readonly slowed: boolean;
  readonly what: 'address' | 'network';
  readonly value: string;
  /** Different accounts lately, of which none got in. */
  readonly accounts: number;
}

interface Asked {
  readonly v: 1;
  /** Which address it was counted for. */
  readonly address: string;
}

/** Counts that `account` was asked for from `address`. Three store calls, whatever comes of it (R42). */
export async function countSpray(
  store: Store,
  rules: SprayRules,
  account: string,
  address: string,
): Promise<Sprayed> {
  const network = networkOf(address);
  const asked: Asked = { v: 1, address };
  const ttlMs = rules.network.windowMs;
  const first = await store.put(keys.askedFrom(network, account), asked, { if: 'absent', ttlMs });
  const by = first === false ? 0 : 1;
  const [fromAddress, fromNetwork] = await count(store, rules, address, by);
  const overAddress = fromAddress > rules.address.max;
  const overNetwork = fromNetwork > rules.network.max;
  return {
    slowed: overAddress || overNetwork,
    ...(overNetwork
      ? { what: 'network' as const, value: network, accounts: fromNetwork }
      : { what: 'address' as const, value: limitSubject(address), accounts: fromAddress }),
  };
}

/**
 * The account's own person approved a request from there. It gives back what it counted and no more, so that signing in
 * to an account of one's own washes nothing clean.
 */
export async function forgiveSpray(
  store: Store,
  rules: SprayRules,
  account: string,
  address: string,
): Promise<void> {
  const key = keys.askedFrom(networkOf(address), account);
  const asked = (await store.get<Asked>(key))?.value;
  // Where it was counted, not where the success came from: that may be a neighbour, whose count is another's.
  if (asked?.v === 1 && (await store.delete(key))) await count(store, rules, asked.address, -1);
}

function count(store: Store, { address: rule, network: wider }: SprayRules, address: string, by: number) {
  return Promise.all([
    store.count(keys.limit(rule.name, limitSubject(address)), { windowMs: rule.windowMs, by }),
    store.count(keys.limit(wider.name, networkOf(address)), { windowMs: wider.windowMs, by }),
  ]).then((counts) => counts.map((counted) => counted.count) as [number, number]);
}
