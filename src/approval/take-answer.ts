import type { Device } from '../devices/device.ts';
import { accountOfDevice } from '../protocol/device-id.ts';
import { keys } from '../store/keys.ts';
import type { Live } from '../store/port.ts';
import { update } from '../store/update.ts';
import { type ApprovalDependencies, browserSubject, DENIED, QUIET } from './approval-dependencies.ts';
import { type Challenge, type ChallengeState, readChallenge } from './challenge.ts';
import { closeAfterReport, closeChallenge } from './close-challenge.ts';
import { type AnswerOutcome, chainOf, decide, type Verdict } from './decide.ts';

/** With fewer digits than this, one wrong number is the end. */
const DIGITS_FOR_SEVERAL_TRIES = 6;

export type AnswerResult =
  | { readonly outcome: AnswerOutcome; readonly triesLeft?: number }
  | { readonly refused: ChallengeState }
  | { readonly notFound: true }
  | { readonly unknownDevice: true };

/** Checks a signed answer against the server's own record; what it throws comes through, and nothing changes. */
export type Verify = (challenge: Challenge, now: number) => Verdict;

/** Whether a challenge was sent to this device; nobody else's answer counts (R22). */
export const offeredTo = (challenge: Challenge, device: string): boolean =>
  challenge.devices.some((one) => one.id === device);

/**
 * A device's signed answer, decided once by compare-and-set. A deny that loses its write is decided anew.
 *
 * @param by id of the device the answer says it is from.
 * @param verifierFor what checks the answer, given that device.
 */
export async function takeAnswer(
  deps: ApprovalDependencies,
  id: string,
  by: string,
  verifierFor: (device: Device) => Promise<Verify> | Verify,
): Promise<AnswerResult> {
  const { store, options } = deps;
  const chain = chainOf(id);
  if (chain === undefined) return { notFound: true };
  const key = keys.challenge(chain);
  // All questions at once: somebody waits at the browser, and each in turn would be a way to the store and back.
  const found = store.get<Challenge>(key);
  const [device, now, mayAnswer] = await Promise.all([
    deps.devices.find(by),
    store.now(),
    deps.mayAnswer(accountOfDevice(by)),
    found,
  ]);
  if (!device) return { unknownDevice: true };
  if (!mayAnswer) return { notFound: true };
  const verify = await verifierFor(device);
  let result: AnswerResult = { notFound: true };
  let verdict: Verdict | undefined;
  let reportedBefore: Challenge | undefined;
  const decideOn = (current: Live<Challenge> | undefined) => {
    const challenge = readChallenge(current);
    if (!challenge || !offeredTo(challenge, device.id)) {
      result = { notFound: true };
      return undefined;
    }
    if (challenge.id !== id) {
      result = { refused: 'superseded' };
      return undefined;
    }
    verdict ??= checked(deps, challenge, () => verify(challenge, now), device.id);
    const maxWrong = challenge.number.length < DIGITS_FOR_SEVERAL_TRIES ? 1 : options.maxWrong;
    const decision = decide(challenge, verdict, { device: device.id, at: now, maxWrong });
    if ('refused' in decision) {
      result = decision;
      const again = decision.refused === 'reported' && verdict.decision === 'report';
      if (again && challenge.answer?.device === device.id) reportedBefore = challenge;
      return undefined;
    }
    const triesLeft = Math.max(0, maxWrong - decision.challenge.wrong);
    result =
      decision.outcome === 'wrong-number'
        ? { outcome: decision.outcome, triesLeft }
        : { outcome: decision.outcome };
    return { value: decision.challenge, wake: chain, carry: true };
  };
  const written = await update<Challenge>(store, key, decideOn, { found });
  if (written) await afterAnswer(deps, written.value, device, result, { now, away: verdict?.away });
  // The device did not hear that its report was taken, or what follows from it failed half-way: all of it can be done again.
  else if (reportedBefore) await afterReport(deps, reportedBefore, device, now);
  return result;
}

function checked(
  { audit }: ApprovalDependencies,
  challenge: Challenge,
  verify: () => Verdict,
  device: string,
): Verdict {
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
  deps: ApprovalDependencies,
  challenge: Challenge,
  device: Device,
  result: AnswerResult,
  { now, away }: { readonly now: number; readonly away: Verdict['away'] },
): Promise<void> {
  const { throttle, audit, options } = deps;
  const { account, chain } = challenge;
  const on = { account, chain, device: device.id };
  if (!('outcome' in result)) return;
  switch (result.outcome) {
    case 'approved':
      audit.record({
        type: 'challenge.approved',
        ...on,
        userVerified: challenge.answer?.userVerified ?? false,
        ...(away ? { away: away() } : {}),
      });
      return;
    case 'denied':
      audit.record({ type: 'challenge.denied', ...on });
      await quieten(deps, challenge);
      break;
    case 'reported':
      audit.record({ type: 'challenge.reported', ...on });
      return afterReport(deps, challenge, device, now);
    default:
      // Counted across challenges, browsers and spellings of the name; a new number resets nothing (R8).
      await throttle.spend([{ rule: options.wrongRule, subject: account }]);
      audit.record({ type: 'challenge.answer_refused', ...on, reason: 'wrong number' });
      if (result.outcome === 'wrong-number') return;
      audit.record({ type: 'challenge.failed', account, chain, reason: 'wrong numbers' });
  }
  await closeChallenge(deps, challenge, now);
}

/** The door first: everything else may take its time. */
async function afterReport(
  deps: ApprovalDependencies,
  challenge: Challenge,
  device: Device,
  now: number,
): Promise<void> {
  await closeAfterReport(deps, challenge, now);
  await deps.onReported(challenge, device);
}

/** Twice denied, for whatever it was: the browser is no longer a reason to ring. */
async function quieten({ store }: ApprovalDependencies, { account, browser }: Challenge): Promise<void> {
  const subject = browserSubject(account, browser);
  const denied = await store.count(keys.limit(DENIED.rule, subject), { windowMs: DENIED.windowMs });
  if (denied.count >= DENIED.quietFrom)
    await store.count(keys.limit(QUIET.rule, subject), { windowMs: QUIET.windowMs });
}
