import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../accounts/account.ts';
import { linkSecret } from '../devices/enrolment-tickets.ts';
import { createDeviceClient, type DeviceClient } from '../protocol/device-client.ts';
import { thumbprintOf } from '../protocol/device-key.ts';
import { enrolmentLink } from '../protocol/enrolment-link.ts';
import type { Services } from '../services.ts';
import { enrolTerminal } from '../terminal-device/enrol.ts';
import { type KeyFile, readKeyFile, writeKeyFile } from '../terminal-device/key-file.ts';
import { nobleKey } from '../terminal-device/noble-key.ts';
import { DemoProblem } from './demo-problem.ts';

export const DEMO_DEVICE = 'Demo terminal';

export interface DemoDeviceOptions {
  readonly services: Services;
  readonly account: Account;
  readonly issuer: string;
  readonly keyFile: string;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/**
 * The demo user's enrolled device: the one of the last start, or a new one, enrolled over the device API like any
 * other. Only the page in which a person compares the fingerprints is missing: the demo compares the keys itself.
 *
 * @throws DemoProblem, KeyFileRefused, DeviceApiError
 */
export async function openDemoDevice(options: DemoDeviceOptions): Promise<DeviceClient> {
  const { services, issuer, keyFile, account } = options;
  const { devices } = services;
  const before = await readKeyFile(keyFile);
  if (before?.kid !== undefined && (await devices.find(before.kid))?.state === 'active') {
    // On another port it is still the same device with the same key.
    if (before.issuer !== issuer) await writeKeyFile(keyFile, { ...before, issuer });
    return clientOf(before, options);
  }

  await rm(keyFile, { force: true });
  for (const { id, name } of await devices.active(account.sub)) {
    // its key is lost: the file is not there any more
    if (name === DEMO_DEVICE) await devices.revoke(account.sub, id);
  }
  await enrol(options);
  const file = await readKeyFile(keyFile);
  if (file?.kid === undefined) throw new DemoProblem('The demo device could not be enrolled.');
  return clientOf(file, options);
}

function clientOf(file: KeyFile, { issuer, fetch }: DemoDeviceOptions): DeviceClient {
  const kid = file.kid === undefined ? {} : { kid: file.kid };
  return createDeviceClient({ issuer, fetch, key: nobleKey(file.alg, file.secret), ...kid });
}

async function enrol(options: DemoDeviceOptions): Promise<void> {
  const { services, account, issuer, keyFile, fetch } = options;
  const { sub, userName } = account;
  const enrolment = await services.enrolments.open({ account: sub, userName, approval: 'none' });
  const link = enrolmentLink(`${issuer}/enrol`, { issuer, secret: linkSecret(enrolment) });
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const invitation = { link };
  const device = enrolTerminal({
    file: keyFile,
    invitation,
    name: DEMO_DEVICE,
    ui: { show() {} },
    fetch,
    signal,
  });
  const [outcome] = await Promise.all([device, confirm(options, enrolment.id, signal)]).finally(() =>
    failed.abort(),
  );
  if (outcome !== 'active') throw new DemoProblem(`The demo device could not be enrolled: ${outcome}.`);
}

/** What a person does in the page that showed the link: waits for the device, compares, confirms. */
async function confirm(options: DemoDeviceOptions, id: string, signal: AbortSignal): Promise<void> {
  const { services, account, keyFile } = options;
  for (;;) {
    signal.throwIfAborted();
    const device = (await services.enrolments.find(account.sub, id))?.device;
    if (device) {
      const file = await readKeyFile(keyFile);
      const ours = file && (await thumbprintOf(nobleKey(file.alg, file.secret).jwk));
      if (device.thumbprint !== ours)
        throw new DemoProblem('Another device used the link of the demo device.');
      await services.enrolments.confirm(account.sub, id, ours);
      return;
    }
    await delay(50, undefined, { signal });
  }
}
