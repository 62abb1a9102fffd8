import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import { accountTopic, type Devices } from '../devices/devices.ts';
import type { Rule, Throttle } from '../limits/throttle.ts';
import type { Purpose, SignedContext } from '../protocol/context.ts';
import { keys, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import type { Challenge, ChallengeState, ReceiptStep } from './challenge.ts';
import {
  type AnswerOutcome,
  chainOf,
  challengeId,
  consume,
  decide,
  receipt,
  stateAt,
  supersede,
  type Verdict,
} from './decide.ts';
import { newNonce, newNumber, newQrSecret } from './number.ts';
import {
  admit,
  type OpenChallenge,
  type OpenChallenges,
  type OpenLimits,
  remove,
} from './open-challenges.ts';

/** How long a challenge's record is readable after it was made: the life of the interaction that shows it. */
const KEPT_MS = 30 * MINUTE;
/** With fewer digits than this, one wrong number is the end. */
const DIGITS_FOR_SEVERAL_TRIES = 6;

export interface ApprovalOptions {
  readonly lifeMs: number;
  readonly digits: number;
  /** For browsers the account knows; 6 unless an admin allows fewer (R2). */
  readonly knownDigits: number;
  readonly maxWrong: number;
  readonly open: OpenLimits;
  /** Pushes without a success, for unknown browsers and (apart) for known ones (R10). */
  readonly pushRules: { readonly unknown: readonly Rule[]; readonly known: readonly Rule[] };
  /** Wrong numbers of one account, over all its challenges (R7-R9). */
  readonly wrongRule: Rule;
}

export interface ApprovalRequest {
  readonly chain: string;
  readonly account: string;
  readonly browser: string;
  readonly known: boolean;
  readonly client: { readonly id: string; readonly name: string };
  readonly purpose: Purpose;
  readonly context: SignedContext;
  readonly requestId?: string;
}

export type AnswerResult =
  | { readonly outcome: AnswerOutcome }
  | { readonly refused: ChallengeState }
  | { readonly notFound: true };

export interface Approvals {
  /** Makes a challenge and tells the devices. Costs the same whether or not anybody is told (R42). */
  request(request: ApprovalRequest): Promise<Challenge>;
  /** The newest challenge of a chain, with its state at the store's time. */
  find(chain: string): Promise<{ challenge: Challenge; state: ChallengeState; now: number } | undefined>;
  /** What a device may see of one challenge; `undefined` when it is not one of its own. */
  forDevice(id: string, device: Device): Promise<{ challenge: Challenge; state: ChallengeState } | undefined>;
  /** What waits for this device, newest first. */
  pending(device: Device): Promise<readonly Challenge[]>;
  /** @param verify checks the signed answer against the server's own record; throws when it does not hold. */
  answer(
    id: string,
    device: Device,
    verify: (challenge: Challenge, now: number) => Verdict,
  ): Promise<AnswerResult>;
  receipt(id: string, device: string, step: ReceiptStep): Promise<boolean>;
  consume(
    chain: string,
    by: string,
    who: { account: string; browser: string },
  ): Promise<Challenge | ChallengeState>;
  /** The person gave up waiting. */
  abandon(chain: string): Promise<void>;
}

export interface ApprovalDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly throttle: Throttle;
  readonly audit: Audit;
  readonly notify: (challenge: Challenge, devices: readonly Device[]) => void;
  readonly options: ApprovalOptions;
}

export function createApprovals(deps: ApprovalDependencies): Approvals {
  const { store, devices, throttle, audit, options } = deps;

  async function request(wanted: ApprovalRequest): Promise<Challenge> {
    const { account, chain, browser, known } = wanted;
    const rules = known ? options.pushRules.known : options.pushRules.unknown;
    const [now, active, allowed, wrong] = await Promise.all([
      store.now(),
      devices.active(account),
      throttle.spend(rules.map((rule) => ({ rule, subject: account }))),
      store.count(keys.limit(options.wrongRule.name, account), { windowMs: options.wrongRule.windowMs, by: 0 }),
    ]);
    // A known browser keeps its own way in while strangers' wrong numbers have closed push for strangers (R7).
    const wantListed = active.length > 0 && allowed && (known || wrong.count < options.wrongRule.max);

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
      devices: admitted ? active.map(({ id, name }) => ({ id, name, step: null })) : [],
      listed: admitted,
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
        listed: admitted,
      },
      requestId === undefined ? {} : { requestId },
    );
    for (const older of superseded) await retire(older);
    if (admitted) deps.notify(challenge, active);
    return challenge;
  }

  async function retire(chain: string): Promise<void> {
    const now = await store.now();
    const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
      const next = current && supersede(current.value, now);
      return next && { value: next, wake: chain };
    });
    if (written) audit.record({ type: 'challenge.superseded', account: written.value.account, chain });
  }

  async function find(chain: string) {
    const [found, now] = await Promise.all([store.get<Challenge>(keys.challenge(chain)), store.now()]);
    if (!found || found.dead) return undefined;
    return { challenge: found.value, state: stateAt(found.value, now), now };
  }

  async function forDevice(id: string, device: Device) {
    const chain = chainOf(id);
    const found = chain === undefined ? undefined : await find(chain);
    if (!found || !offeredTo(found.challenge, device.id)) return undefined;
    return found.challenge.id === id ? found : { challenge: found.challenge, state: 'superseded' as const };
  }

  async function pending(device: Device): Promise<readonly Challenge[]> {
    const account = accountOf(device);
    const [found, now] = await Promise.all([
      store.get<OpenChallenges>(keys.openChallenges(account)),
      store.now(),
    ]);
    const open = (found?.value?.open ?? []).filter((one) => one.expiresAt > now);
    if (open.length === 0) return [];
    const records = await store.getMany<Challenge>(open.map((one) => keys.challenge(one.chain)));
    return records
      .flatMap((record, i) =>
        record && !record.dead && record.value.id === open[i]!.id ? [record.value] : [],
      )
      .filter((one) => one.listed && offeredTo(one, device.id) && stateAt(one, now) === 'pending')
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  async function answer(
    id: string,
    device: Device,
    verify: (challenge: Challenge, now: number) => Verdict,
  ): Promise<AnswerResult> {
    const chain = chainOf(id);
    if (chain === undefined) return { notFound: true };
    const now = await store.now();
    let result: AnswerResult = { notFound: true };
    let verdict: Verdict | undefined;
    const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
      const challenge = current?.value;
      if (!challenge || !offeredTo(challenge, device.id)) {
        result = { notFound: true };
        return undefined;
      }
      if (challenge.id !== id) {
        result = { refused: 'superseded' };
        return undefined;
      }
      verdict ??= checked(challenge, () => verify(challenge, now), device.id);
      const maxWrong = challenge.number.length < DIGITS_FOR_SEVERAL_TRIES ? 1 : options.maxWrong;
      const decision = decide(challenge, verdict, { device: device.id, at: now, maxWrong });
      if ('refused' in decision) {
        result = decision;
        return undefined;
      }
      result = { outcome: decision.outcome };
      return { value: decision.challenge, wake: chain };
    });
    if (written) await afterAnswer(written.value, device, result, now);
    return result;
  }

  function checked(challenge: Challenge, verify: () => Verdict, device: string): Verdict {
    try {
      return verify();
    } catch (error) {
      const reason = (error as { code?: string }).code ?? 'invalid';
      audit.record({
        type: 'challenge.answer_refused',
        account: challenge.account,
        chain: challenge.chain,
        device,
        reason,
      });
      throw error;
    }
  }

  async function afterAnswer(
    challenge: Challenge,
    device: Device,
    result: AnswerResult,
    now: number,
  ): Promise<void> {
    const { account, chain } = challenge;
    const on = { account, chain, device: device.id };
    if (!('outcome' in result)) return;
    switch (result.outcome) {
      case 'approved':
        audit.record({
          type: 'challenge.approved',
          ...on,
          userVerified: challenge.answer?.userVerified ?? false,
        });
        return;
      case 'denied':
        audit.record({ type: 'challenge.denied', ...on });
        break;
      case 'reported':
        audit.record({ type: 'challenge.reported', ...on });
        break;
      default:
        // Counted across challenges, browsers and spellings of the name; a new number resets nothing (R8).
        await throttle.take(options.wrongRule, account);
        audit.record({ type: 'challenge.answer_refused', ...on, reason: 'wrong number' });
        if (result.outcome === 'wrong-number') return;
        audit.record({ type: 'challenge.failed', account, chain, reason: 'wrong numbers' });
    }
    await close(challenge, now);
  }

  /** Takes it off the account's open list, which also tells every device that listens. */
  async function close(challenge: Challenge, now: number): Promise<void> {
    await update<OpenChallenges>(store, keys.openChallenges(challenge.account), (current) => {
      const next = remove(current?.value, challenge.id, now);
      return next && { value: next, wake: accountTopic(challenge.account) };
    });
  }

  return {
    request,
    find,
    forDevice,
    pending,
    answer,

    async receipt(id, device, step) {
      const chain = chainOf(id);
      if (chain === undefined) return false;
      const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
        if (!current || current.value.id !== id) return undefined;
        const next = receipt(current.value, device, step);
        // Only the page of a known browser shows it, so only that one is woken (R59).
        return next && { value: next, ...(current.value.known ? { wake: chain } : {}) };
      });
      if (!written || step === 'answered') return !!written;
      audit.record({ type: `challenge.${step}`, account: written.value.account, chain, device });
      return true;
    },

    async consume(chain, by, who) {
      const now = await store.now();
      let refused: ChallengeState = 'superseded';
      let taken: Challenge | undefined;
      const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
        const challenge = current?.value;
        taken = undefined;
        if (!challenge || challenge.account !== who.account || challenge.browser !== who.browser)
          return undefined;
        const next = consume(challenge, by, now);
        if ('refused' in next) {
          refused = next.refused;
          return undefined;
        }
        taken = next.challenge;
        return next.again ? undefined : { value: next.challenge, wake: chain };
      });
      if (!taken) return refused;
      if (written) {
        audit.record({ type: 'challenge.consumed', account: who.account, chain });
        const rules = taken.known ? options.pushRules.known : options.pushRules.unknown;
        await Promise.all([
          close(taken, now),
          throttle.clear(options.wrongRule, who.account),
          ...rules.map((rule) => throttle.clear(rule, who.account)),
        ]);
      }
      return taken;
    },

    async abandon(chain) {
      const found = await find(chain);
      if (!found) return;
      await retire(chain);
      await close(found.challenge, found.now);
    },
  };
}

const accountOf = (device: Device) => device.id.slice(0, device.id.lastIndexOf('.'));
const offeredTo = (challenge: Challenge, device: string) =>
  challenge.devices.some((one) => one.id === device);
