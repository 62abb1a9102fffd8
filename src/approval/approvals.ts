import type { Device } from '../devices/device.ts';
import { accountOfDevice } from '../protocol/device-id.ts';
import type { Elsewhere } from '../risk/elsewhere.ts';
import { meets, type Proof } from '../risk/proof.ts';
import { keys } from '../store/keys.ts';
import { update } from '../store/update.ts';
import { type ApprovalDependencies, browserSubject, DENIED } from './approval-dependencies.ts';
import { type Challenge, type ChallengeState, type ReceiptStep, readChallenge } from './challenge.ts';
import { closeChallenge, retireChallenge } from './close-challenge.ts';
import { chainOf, consume, receipt, stateAt } from './decide.ts';
import { type OpenChallenges, openElsewhere, readOpen } from './open-challenges.ts';
import { type ApprovalRequest, requestApproval } from './request-approval.ts';
import { forgiveSpray } from './spray.ts';
import { type AnswerResult, offeredTo, takeAnswer, type Verify } from './take-answer.ts';

export interface Approvals {
  /** Makes a challenge and tells the devices. Costs the same whether or not anybody is told (R42). */
  request(request: ApprovalRequest): Promise<Challenge>;
  /** Other browsers that wait for an answer of this account now, newest first. One store call. */
  elsewhere(account: string, browser: string): Promise<readonly Elsewhere[]>;
  /** The newest challenge of a chain, with its state at the store's time. */
  find(chain: string): Promise<{ challenge: Challenge; state: ChallengeState; now: number } | undefined>;
  /** What a device may see of one challenge; `undefined` when it is not one of its own. */
  forDevice(id: string, device: Device): Promise<{ challenge: Challenge; state: ChallengeState } | undefined>;
  /** What waits for this device, newest first. */
  pending(device: Device): Promise<readonly Challenge[]>;
  /**
   * @param by id of the device the answer says it is from.
   * @param verifierFor checks the signed answer against the server's own record; throws when it does not hold.
   */
  answer(
    id: string,
    by: string,
    verifierFor: (device: Device) => Promise<Verify> | Verify,
  ): Promise<AnswerResult>;
  receipt(id: string, device: string, step: ReceiptStep): Promise<boolean>;
  /** @param who.least the approval has to prove; one of a challenge that asked for less is as good as superseded. */
  consume(
    chain: string,
    by: string,
    who: { account: string; browser: string; least?: Proof },
  ): Promise<Challenge | ChallengeState>;
  /** The person gave up waiting. */
  abandon(chain: string): Promise<void>;
  /**
   * The person got in by something else: this chain's request ends, and what was counted against their account for want
   * of a success is over, as after an approval.
   */
  gotInOtherwise(chain: string, who: { account: string; browser: string }): Promise<void>;
  /** Ends whatever is open for an account. */
  closeOpen(account: string): Promise<void>;
}

export function createApprovals(deps: ApprovalDependencies): Approvals {
  const { store, throttle, audit, options } = deps;

  async function find(chain: string) {
    const [found, now] = await Promise.all([store.get<Challenge>(keys.challenge(chain)), store.now()]);
    const challenge = readChallenge(found);
    return challenge && { challenge, state: stateAt(challenge, now), now };
  }

  async function forDevice(id: string, device: Device) {
    const chain = chainOf(id);
    const found = chain === undefined ? undefined : await find(chain);
    if (!found || !offeredTo(found.challenge, device.id)) return undefined;
    return found.challenge.id === id ? found : { challenge: found.challenge, state: 'superseded' as const };
  }

  async function pending(device: Device): Promise<readonly Challenge[]> {
    const account = accountOfDevice(device.id);
    const [found, now] = await Promise.all([
      store.get<OpenChallenges>(keys.openChallenges(account)),
      store.now(),
    ]);
    const open = (readOpen(found)?.open ?? []).filter((one) => one.expiresAt > now);
    if (open.length === 0) return [];
    const records = await store.getMany<Challenge>(open.map((one) => keys.challenge(one.chain)));
    return records
      .map(readChallenge)
      .filter((one, i) => one !== undefined && one.id === open[i]!.id)
      .map((one) => one as Challenge)
      .filter((one) => one.listed && offeredTo(one, device.id) && stateAt(one, now) === 'pending')
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** The owner got in: what was counted against their account is over. */
  async function succeeded(
    challenge: Challenge,
    now: number,
    { proved }: { readonly proved: boolean },
  ): Promise<void> {
    const { account, browser, known, from } = challenge;
    const rules = known ? options.pushRules.known : options.pushRules.unknown;
    await Promise.all([
      closeChallenge(deps, challenge, now, { proved }),
      store.delete(keys.limit(DENIED.rule, browserSubject(account, browser))),
      throttle.clear(options.wrongRule, account),
      ...rules.map((rule) => throttle.clear(rule, account)),
      known || from === undefined ? undefined : forgiveSpray(store, options.spray, account, from),
    ]);
  }

  return {
    request: (wanted) => requestApproval(deps, wanted),
    async elsewhere(account, browser) {
      const [found, now] = await Promise.all([
        store.get<OpenChallenges>(keys.openChallenges(account)),
        store.now(),
      ]);
      return openElsewhere(readOpen(found), browser, now);
    },
    find,
    forDevice,
    pending,
    answer: (id, by, verifierFor) => takeAnswer(deps, id, by, verifierFor),

    async receipt(id, device, step) {
      const chain = chainOf(id);
      if (chain === undefined) return false;
      const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
        const challenge = readChallenge(current);
        if (challenge?.id !== id) return undefined;
        const next = receipt(challenge, device, step);
        // Only the page of a known browser shows it, so only that one is woken (R59).
        return next && { value: next, ...(challenge.known ? { wake: chain } : {}) };
      });
      if (!written || step === 'answered') return !!written;
      audit.record({ type: `challenge.${step}`, account: written.value.account, chain, device });
      return true;
    },

    async consume(chain, by, who) {
      // A device revoked since it approved has approved nothing (R23).
      const [now, active] = await Promise.all([store.now(), deps.devices.active(who.account)]);
      let refused: ChallengeState = 'superseded';
      let taken: Challenge | undefined;
      const written = await update<Challenge>(store, keys.challenge(chain), (current) => {
        const challenge = readChallenge(current);
        taken = undefined;
        if (!challenge || challenge.account !== who.account || challenge.browser !== who.browser)
          return undefined;
        if (challenge.state === 'approved' && !active.some(({ id }) => id === challenge.answer?.device))
          return undefined;
        if (who.least && !meets(challenge.proof ?? 'push', who.least)) return undefined;
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
        await succeeded(taken, now, { proved: taken.known });
      }
      return taken;
    },

    async abandon(chain) {
      const found = await find(chain);
      if (!found) return;
      await retireChallenge(deps, chain);
      await closeChallenge(deps, found.challenge, found.now);
    },

    async gotInOtherwise(chain, { account, browser }) {
      const found = await find(chain);
      if (found?.challenge.account !== account || found.challenge.browser !== browser) return;
      await retireChallenge(deps, chain);
      await succeeded(found.challenge, found.now, { proved: false });
    },

    async closeOpen(account) {
      const open = readOpen(await store.get<OpenChallenges>(keys.openChallenges(account)))?.open ?? [];
      for (const { chain, id } of open) {
        const found = await find(chain);
        if (found?.challenge.id !== id) continue;
        await retireChallenge(deps, chain);
        await closeChallenge(deps, found.challenge, found.now);
      }
    },
  };
}
