import { pausedUntil } from '../accounts/paused.ts';
import { accountTopic } from '../devices/devices.ts';
import type { Purpose, SignedContext } from '../protocol/context.ts';
import { keys } from '../store/keys.ts';
import { update } from '../store/update.ts';
import { AFTER_DENY, type ApprovalDependencies, denySubject, KEPT_MS } from './approval-dependencies.ts';
import type { Challenge } from './challenge.ts';
import { retireChallenge } from './close-challenge.ts';
import { challengeId } from './decide.ts';
import { newNonce, newNumber, newQrSecret } from './number.ts';
import { admit, type OpenChallenge, type OpenChallenges } from './open-challenges.ts';

export interface ApprovalRequest {
  readonly chain: string;
  readonly account: string;
  readonly browser: string;
  readonly known: boolean;
  readonly client: { readonly id: string; readonly name: string };
  readonly purpose: Purpose;
  readonly context: SignedContext;
  /** A device that is not asked: the one this is about. */
  readonly except?: string;
  readonly requestId?: string;
}

/**
 * Makes a challenge and tells the devices. A challenge past a limit, or of a person without a device, is made all the
 * same and shown to nobody: the page, the store calls and the work are the ones of any other (R42).
 */
export async function requestApproval(
  deps: ApprovalDependencies,
  wanted: ApprovalRequest,
): Promise<Challenge> {
  const { store, devices, throttle, audit, options } = deps;
  const { account, chain, browser, known } = wanted;
  const rules = known ? options.pushRules.known : options.pushRules.unknown;
  const [now, every, allowed, wrong] = await Promise.all([
    store.now(),
    devices.active(account),
    throttle.spend(rules.map((rule) => ({ rule, subject: account }))),
    store.count(keys.limit(options.wrongRule.name, account), { windowMs: options.wrongRule.windowMs, by: 0 }),
  ]);
  const active = every.filter(({ id }) => id !== wanted.except);
  // A known browser keeps its own way in while strangers' wrong numbers have closed push for strangers (R7).
  const open = allowed && (known || wrong.count < options.wrongRule.max);
  const wantListed = active.length > 0 && open;

  const entry: OpenChallenge = {
    chain,
    id: challengeId(chain),
    browser,
    known,
    expiresAt: now + options.lifeMs,
  };
  let admitted = false;
  let superseded: readonly string[] = [];
  await update<OpenChallenges>(store, keys.openChallenges(account), (current) => {
    const admission = admit(current?.value, entry, options.open, now, wantListed);
    ({ admitted, superseded } = admission);
    return { value: admission.next, ttlMs: KEPT_MS };
  });

  // Read after it was let in: a report (or "secure my account") in this very moment either sees it on the list or is seen here.
  const [denied, paused] = await Promise.all([
    store.count(keys.limit(AFTER_DENY.rule, denySubject(account, browser)), {
      windowMs: AFTER_DENY.windowMs,
      by: 0,
    }),
    pausedUntil(store, account),
  ]);
  const listed = admitted && denied.count < AFTER_DENY.report && paused === undefined;

  const challenge: Challenge = {
    v: 1,
    id: entry.id,
    chain,
    account,
    browser,
    known,
    client: wanted.client,
    purpose: wanted.purpose,
    number: newNumber(known ? options.knownDigits : options.digits),
    qr: newQrSecret(),
    context: wanted.context,
    nonce: newNonce(),
    devices: listed ? active.map(({ id, name }) => ({ id, name, step: null })) : [],
    listed,
    createdAt: now,
    expiresAt: entry.expiresAt,
    state: 'pending',
    wrong: 0,
  };
  await store.put(keys.challenge(chain), challenge, {
    if: 'any',
    ttlMs: KEPT_MS,
    wake: accountTopic(account),
  });

  const { requestId } = wanted;
  audit.record(
    {
      type: 'challenge.created',
      account,
      chain,
      client: wanted.client.id,
      purpose: wanted.purpose,
      address: wanted.context.address,
      known,
      devices: challenge.devices.length,
      listed,
    },
    requestId === undefined ? {} : { requestId },
  );
  for (const older of superseded) await retireChallenge(deps, older);
  if (listed && denied.count < AFTER_DENY.quietFrom) deps.notify(challenge, active);
  return challenge;
}
