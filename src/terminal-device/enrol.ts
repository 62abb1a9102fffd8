import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createDeviceClient, type DeviceClient } from '../protocol/device-client.ts';
import type { DeviceAlgorithm } from '../protocol/device-key.ts';
import type { EnrolmentTicket } from '../protocol/enrolment.ts';
import { parseEnrolmentLink } from '../protocol/enrolment-link.ts';
import { KeyFileRefused, readKeyFile, writeKeyFile } from './key-file.ts';
import { nobleKey } from './noble-key.ts';
import type { TerminalUi } from './terminal-ui.ts';
import { plain } from './words.ts';

/** The link as it was shown, or what was typed. */
export type Invitation =
  | { readonly link: string }
  | { readonly issuer: string; readonly code: string; readonly userName: string };

export interface EnrolTerminalOptions {
  /** Where the key goes; an enrolled key is never overwritten. */
  readonly file: string;
  readonly invitation: Invitation;
  readonly name: string;
  /** Default EdDSA. */
  readonly alg?: DeviceAlgorithm;
  readonly ui: Pick<TerminalUi, 'show'>;
  readonly fetch?: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  /** Seconds a poll for the confirmation is held. */
  readonly waitSeconds?: number;
}

export type EnrolOutcome = 'active' | 'cancelled' | 'expired' | 'stopped';

/**
 * Makes a key, spends link or code, shows the fingerprint and waits until the page that showed the link confirms it.
 * Stopped meanwhile, the file stays: `confirmed` (or the next start) goes on waiting.
 *
 * @throws DeviceApiError when the server refuses (the file is then removed); KeyFileRefused; what `fetch` throws.
 */
export async function enrolTerminal(options: EnrolTerminalOptions): Promise<EnrolOutcome> {
  const { file, name, ui, alg = 'EdDSA' } = options;
  if ((await readKeyFile(file))?.kid) throw new KeyFileRefused(`${file} holds an enrolled key already`);
  const { issuer, ticket } = readInvitation(options.invitation);
  const key = nobleKey(alg);
  const content = { v: 1, issuer, name, alg, secret: key.secret } as const;
  // before the link is spent: a file that cannot be written must not cost it
  await writeKeyFile(file, content);
  const client = createDeviceClient({ issuer, key, fetch: options.fetch ?? globalThis.fetch });
  try {
    const { device, account } = await client.enrol({ ticket, name, kind: 'terminal' });
    await writeKeyFile(file, { ...content, kid: device.id });
    ui.show(
      `This device: ${plain(device.name)}, for ${plain(account.user_name)}\nFingerprint:  ${plain(device.fingerprint)}`,
    );
    ui.show('Compare name and fingerprint with the page that showed the link, and confirm there.');
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return confirmed(client, options.signal, options.waitSeconds ?? 25);
}

/** Waits until the device is confirmed, or will not be. */
export async function confirmed(
  client: DeviceClient,
  signal: AbortSignal,
  waitSeconds = 25,
): Promise<EnrolOutcome> {
  while (!signal.aborted) {
    const { device } = await client.status({ wait: waitSeconds, signal });
    if (device.state !== 'pending') return device.state;
    await delay(200, undefined, { signal }).catch(() => {});
  }
  return 'stopped';
}

function readInvitation(invitation: Invitation): { issuer: string; ticket: EnrolmentTicket } {
  if ('link' in invitation) {
    const link = parseEnrolmentLink(invitation.link);
    if (!link) throw new TypeError('this is no enrolment link');
    return { issuer: link.issuer, ticket: { secret: link.secret } };
  }
  return { issuer: invitation.issuer, ticket: { code: invitation.code, user_name: invitation.userName } };
}
