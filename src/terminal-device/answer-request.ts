import type { Decision, SeenInBrowser } from '../protocol/answer.ts';
import { DeviceApiError } from '../protocol/device-api-error.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import type { ChallengeMessage } from '../protocol/messages.ts';
import type { TerminalUi } from './terminal-ui.ts';
import { readTypedAnswer } from './typed-answer.ts';
import { ANSWERED, endText, prompt, requestText } from './words.ts';

export interface RequestToAnswer {
  readonly challenge: ChallengeMessage;
  readonly position: { readonly index: number; readonly of: number };
  readonly client: DeviceClient;
  readonly ui: TerminalUi;
  /** Aborted when the request is over or the device stops. */
  readonly signal: AbortSignal;
  /** Where the number comes from when nobody types it. */
  readonly numberFor?: (challengeId: string) => Promise<string | undefined>;
}

type Chosen = { readonly decision: Decision; readonly seen?: SeenInBrowser };

/**
 * Shows one request, asks, signs, prints what came of it; a wrong number is asked for again.
 *
 * @returns `false` when nobody answered: it ended by itself, or this device stopped.
 * @throws DeviceApiError for what has to do with the device or the connection, not with this request.
 */
export async function answerRequest(request: RequestToAnswer): Promise<boolean> {
  const { challenge, client, ui, signal } = request;
  ui.show(requestText(challenge, request.position));
  for (;;) {
    const chosen = request.numberFor
      ? await automatic(request.numberFor, challenge.id)
      : await typed(request);
    if (!chosen || signal.aborted) return false;
    try {
      const { state } = await client.answer(challenge, chosen.decision, chosen.seen);
      ui.show(ANSWERED[state]);
      return true;
    } catch (error) {
      if (!(error instanceof DeviceApiError)) throw error;
      if (error.code === 'wrong_number') {
        const left = error.details?.tries_left;
        ui.show(left === undefined ? error.message : `${error.message} Tries left: ${left}.`);
        if (request.numberFor) return false;
        continue;
      }
      if (!error.code.startsWith('challenge_')) throw error;
      ui.show(error.message);
      return false;
    }
  }
}

async function automatic(
  numberFor: (id: string) => Promise<string | undefined>,
  id: string,
): Promise<Chosen | undefined> {
  const number = await numberFor(id);
  return number === undefined ? undefined : { decision: 'approve', seen: { number } };
}

/** `undefined` when the request ended while it was being asked about. */
async function typed({ challenge, ui, signal }: RequestToAnswer): Promise<Chosen | undefined> {
  let number: string | undefined;
  let decision: Decision | undefined;
  let question = prompt(challenge.digits);
  for (;;) {
    const line = await ui.ask(question, signal);
    if (line === undefined) return undefined;
    const read = readTypedAnswer(line);
    number = read?.number ?? number;
    decision = read?.decision ?? decision;
    if (decision && decision !== 'approve') return { decision };
    if (number !== undefined && number.length !== challenge.digits) {
      ui.show(`The browser shows ${challenge.digits} digits.`);
      number = undefined;
    }
    if (decision && number !== undefined) return { decision, seen: { number } };
    if (number !== undefined) question = 'a to approve, d to deny, r to report: ';
    else if (decision) question = `The ${challenge.digits} digits in the browser: `;
    else question = prompt(challenge.digits);
  }
}

/** Says how a request ended that nobody answered here. */
export async function showEnd(client: DeviceClient, ui: TerminalUi, id: string): Promise<void> {
  const ended = await client.challenge(id).catch(() => undefined);
  ui.show(endText(ended?.state ?? 'expired'));
}
