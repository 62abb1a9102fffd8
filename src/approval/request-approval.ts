import type { Device } from '../devices/device.ts';
import { accountTopic } from '../devices/devices.ts';
import type { Purpose, SignedContext } from '../protocol/context.ts';
import type { Elsewhere } from '../risk/elsewhere.ts';
import type { Place } from '../risk/place.ts';
import { keys } from '../store/keys.ts';
import type { Found } from '../store/port.ts';
import { update } from '../store/update.ts';
import { type ApprovalDependencies, browserSubject, KEPT_MS, QUIET } from './approval-dependencies.ts';
import type { ApprovalProof, Challenge } from './challenge.ts';
import { retireChallenge } from './close-challenge.ts';
import { challengeId } from './decide.ts';
import { askerOf } from './guard.ts';
import { newNonce, newNumber, newQrSecret } from './number.ts';
import {
  admit,
  lifeOf,
  type OpenChallenge,
  type OpenChallenges,
  openElsewhere,
  readOpen,
  type Withheld,
} from './open-challenges.ts';
import { countSpray, type Sprayed } from './spray.ts';

export interface ApprovalRequest {
  readonly chain: string;
  readonly account: string;
  readonly browser: string;
  readonly known: boolean;
  readonly client: { readonly id: string; readonly name: string };
  readonly purpose: Purpose;
  /** Where the browser is that asks: of a device code not what the context shows. */
  readonly from: { readonly address: string; readonly place: Pick<Place, 'label' | 'country' | 'at'> };
  /** What devices show and sign, given which other browsers wait for an answer at this moment. */
  readonly context: (elsewhere: readonly Elsewhere[]) => SignedContext;
  /** `push` unless policy says otherwise. */
  readonly proof?: ApprovalProof;
  /** What the caller has read a moment ago; it is not asked for again. */
  readonly read?: {
    readonly open: Found<unknown>;
    readonly devices: readonly Device[];
    readonly wrongNumbers: number;
  };
  /** A device that is not asked: the one this is about. */
  readonly except?: string;
  readonly requestId?: string;
}

/** Tries past a cap, as a multiple of it, that are harassment and no impatience. */
const HARASSMENT = 2;

/**
 * Makes a challenge and tells the devices. A challenge past a limit, or of a person without a device, is made all the
 * same and shown to nobody: the page, the store calls and the work are the ones of any other (R42).
 */
export async function requestApproval(
  deps: ApprovalDependencies,
  wanted: ApprovalRequest,
): Promise<Challenge> {
  const { store, devices, throttle, audit, options } = deps;
  const { account, chain, browser, known, from } = wanted;
  const rules = known ? options.pushRules.known : options.pushRules.unknown;
  const { read } = wanted;
  const found = read
    ? Promise.resolve(read.open as Found<OpenChallenges>)
    : store.get<OpenChallenges>(keys.openChallenges(account));
  const [now, every, pushes, wrong, quiet, spray, before] = await Promise.all([
    store.now(),
    read?.devices ?? devices.active(account),
    throttle.spend(rules.map((rule) => ({ rule, subject: account }))),
    read
      ? { count: read.wrongNumbers }
      : store.count(keys.limit(options.wrongRule.name, account), {
          windowMs: options.wrongRule.windowMs,
          by: 0,
        }),
    store.count(keys.limit(QUIET.rule, browserSubject(account, browser)), {
      windowMs: QUIET.windowMs,
      by: 0,
    }),
    known ? undefined : countSpray(store, options.spray, account, from.address),
    found,
  ]);
  const { proof = 'push' } = wanted;
  // A device that cannot say who approves is not asked where that is wanted.
  const able = ({ id, credential }: Device) =>
    id !== wanted.except && (proof !== 'push-verified' || credential !== undefined);
  const active = every.filter(able);
  // A known browser keeps its own way in while strangers' wrong numbers have closed push for strangers (R7).
  const closed: Withheld | undefined =
    active.length === 0
      ? 'no-device'
      : !pushes.allowed
        ? 'limit'
        : !known && wrong.count >= options.wrongRule.max
          ? 'wrong-numbers'
          : undefined;

  const context = wanted.context(openElsewhere(readOpen(before), browser, now));
  const { purpose } = wanted;
  const asker = askerOf({ browser, known, purpose, from: from.address, shown: context.address });
  const entry: OpenChallenge = {
    chain,
    id: challengeId(chain),
    browser,
    known,
    place: from.place.label,
    country: from.place.country,
    at: from.place.at,
    askedAt: now,
    expiresAt: now + options.lifeMs,
  };
  let withheld: Withheld | undefined;
  let superseded: readonly string[] = [];
  const decide = (current: { readonly value?: unknown } | undefined) => {
    const admission = admit(readOpen(current), entry, asker, options.open, now, closed);
    ({ withheld, superseded } = admission);
    return { value: admission.next, ttlMs: lifeOf(admission.next, KEPT_MS, now) };
  };
  await update<OpenChallenges>(store, keys.openChallenges(account), decide, { found });
  const listed = withheld === undefined;

  const challenge: Challenge = {
    v: 1,
    id: entry.id,
    chain,
    account,
    browser,
    known,
    client: wanted.client,
    purpose,
    proof,
    // Whatever the caller says: a short number is for browsers the account knows (R2).
    number: newNumber(proof === 'push-short' && known ? options.knownDigits : options.digits),
    qr: newQrSecret(),
    context,
    from: from.address,
    nonce: newNonce(),
    devices: listed ? active.map(({ id, name }) => ({ id, name, step: null })) : [],
    listed,
    ...(withheld === undefined ? {} : { withheld }),
    createdAt: now,
    expiresAt: entry.expiresAt,
    state: 'pending',
    wrong: 0,
  };
  // Before the devices are woken: one that finds the older request gone asks at once what became of it.
  for (const older of superseded) await retireChallenge({ store, audit }, older);
  await store.put(keys.challenge(chain), challenge, {
    if: 'any',
    ttlMs: KEPT_MS,
    wake: accountTopic(account),
  });

  const rings = listed && quiet.count === 0 && spray?.slowed !== true;
  recordRequest(deps, challenge, { rings, requestId: wanted.requestId });
  if (rings) deps.notify(challenge, active);
  if (!known) watch(deps, { account, address: from.address, counts: pushes.counts, spray });
  return challenge;
}

function recordRequest(
  { audit }: ApprovalDependencies,
  challenge: Challenge,
  { rings, requestId }: { readonly rings: boolean; readonly requestId: string | undefined },
): void {
  const { account, chain, client, purpose, context, known, devices, listed, withheld } = challenge;
  audit.record(
    {
      type: 'challenge.created',
      account,
      chain,
      client: client.id,
      purpose,
      address: context.address,
      known,
      proves: challenge.proof ?? 'push',
      devices: devices.length,
      listed,
      rings,
      ...(withheld === undefined ? {} : { withheld }),
    },
    requestId === undefined ? {} : { requestId },
  );
}

function watch(
  { attacks, options }: ApprovalDependencies,
  seen: {
    readonly account: string;
    readonly address: string;
    readonly counts: readonly number[];
    readonly spray: Sprayed | undefined;
  },
): void {
  const { account, address, counts, spray } = seen;
  const over = options.pushRules.unknown.findIndex(({ max }, i) => counts[i]! > HARASSMENT * max);
  if (over >= 0) {
    const windowMs = options.pushRules.unknown[over]!.windowMs ?? 0;
    attacks.harassment({ account, address, tries: counts[over]!, windowMs });
  }
  if (spray?.slowed) attacks.spray(spray);
}
