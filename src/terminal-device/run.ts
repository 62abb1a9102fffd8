import { setTimeout as delay } from 'node:timers/promises';
import { DeviceApiError } from '../protocol/device-api-error.ts';
import type { DeviceClient } from '../protocol/device-client.ts';
import { answerRequest, showEnd } from './answer-request.ts';
import { backOffMs, isRemoved, isTemporary, retryAfterMs } from './connection.ts';
import { isLoopbackIssuer } from './loopback.ts';
import { createOpenRequests, type OpenRequest } from './open-requests.ts';
import { createNoticeWatch } from './show-notices.ts';
import type { TerminalUi } from './terminal-ui.ts';
import { UNREADABLE } from './words.ts';

export interface RunOptions {
  readonly client: DeviceClient;
  readonly issuer: string;
  readonly ui: TerminalUi;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * Approves without asking, only with a loopback issuer. The server never sends the number to a device, so the
   * caller brings it from the browser's side: `numberFor(challengeId)` reads it off the waiting page. `undefined`
   * leaves the request unanswered.
   */
  readonly autoApprove?: { readonly numberFor: (challengeId: string) => Promise<string | undefined> };
  /** Seconds a poll is held. */
  readonly waitSeconds?: number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** `removed`: the server no longer knows this device. */
export type RunOutcome = 'stopped' | 'removed';

const pauseFor = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {});

/**
 * A whole authenticator: long-polls for requests, shows them one after the other, signs the answers. Survives a lost
 * connection; ends at Ctrl-C or when the device is removed.
 *
 * @throws TypeError when `autoApprove` is wanted away from loopback.
 * @throws DeviceApiError for an error that trying again cannot help.
 */
export async function runTerminalDevice(options: RunOptions): Promise<RunOutcome> {
  const { client, ui, autoApprove, waitSeconds = 25, pause = pauseFor } = options;
  if (autoApprove && !isLoopbackIssuer(options.issuer)) {
    throw new TypeError(
      `approving without a person is only for an issuer on this machine, not ${options.issuer}`,
    );
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const requests = createOpenRequests();
  const showNotices = createNoticeWatch(client, ui);

  async function listen(): Promise<RunOutcome> {
    let v: string | undefined;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const message = await client.pending({
          wait: waitSeconds,
          signal,
          ...(v === undefined ? {} : { v }),
        });
        if (failures > 0) ui.show('Connected again.');
        failures = 0;
        v = message.v;
        const busy = requests.size > 0;
        const fresh = requests.sync(message);
        for (const { id } of fresh) client.receipt(id, 'delivered').catch(() => {});
        if (busy && fresh.length > 0) ui.show(`\n(One more request came in; ${requests.size} in all.)`);
        if (message.unreadable) ui.show(UNREADABLE);
        showNotices();
        const later = message['retry_after'];
        if (typeof later === 'number') await pause(later * 1000, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (isRemoved(error)) {
          ui.show('The server does not know this device any more. Enrol it again.');
          return 'removed';
        }
        if (!isTemporary(error)) throw error;
        failures++;
        if (failures === 1) ui.show('No connection to the server; trying again.');
        await pause(Math.max(backOffMs(failures), retryAfterMs(error)), signal);
      }
    }
    return 'stopped';
  }

  async function answer({ challenge, signal: over }: OpenRequest): Promise<void> {
    const { id } = challenge;
    client.receipt(id, 'opened').catch(() => {});
    const position = { index: 1, of: requests.size };
    const until = AbortSignal.any([signal, over]);
    const automatic = autoApprove ? { numberFor: autoApprove.numberFor } : {};
    try {
      const answered = await answerRequest({ challenge, position, client, ui, signal: until, ...automatic });
      if (!answered && over.aborted && !signal.aborted) await showEnd(client, ui, id);
      requests.done(id);
    } catch (error) {
      if (signal.aborted) return;
      if (isTemporary(error)) {
        ui.show('The answer did not arrive.');
        await pause(backOffMs(1), until);
        return requests.again(id);
      }
      requests.done(id);
      if (!(error instanceof DeviceApiError)) throw error;
      ui.show(error.message);
    }
  }

  async function answerAll(): Promise<void> {
    for (let next = await requests.next(signal); next; next = await requests.next(signal)) await answer(next);
  }

  const answering = answerAll().catch((error: unknown) => {
    // a fault of ours, or of the ui: it must not be lost behind the poll
    stop.abort();
    throw error;
  });
  try {
    const [outcome] = await Promise.all([listen().finally(() => stop.abort()), answering]);
    return outcome;
  } finally {
    stop.abort();
    requests.clear();
  }
}
