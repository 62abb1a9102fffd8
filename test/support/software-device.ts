import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import { createDeviceClient, type DeviceClient } from '../../src/protocol/device-client.ts';
import type { DeviceAlgorithm } from '../../src/protocol/device-key.ts';
import type { ChallengeMessage } from '../../src/protocol/messages.ts';
import type { Services } from '../../src/services.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';

/** An enrolled authenticator that signs with real keys over the real device API. */
export interface SoftwareDevice {
  readonly id: string;
  readonly client: DeviceClient;
  /** The newest request that waits; @throws when there is none. */
  newest(): Promise<ChallengeMessage>;
  waiting(): Promise<readonly ChallengeMessage[]>;
  approve(number: string): Promise<void>;
  deny(): Promise<void>;
  report(): Promise<void>;
}

/** Enrols for an account as an invitation does: link, the device's POST, confirmation of its fingerprint. */
export async function enrolDevice(
  services: Services,
  issuer: string,
  account: { readonly sub: string; readonly userName: string },
  options: {
    readonly name?: string;
    readonly alg?: DeviceAlgorithm;
    readonly subscription?: unknown;
    readonly fetch?: typeof fetch;
  } = {},
): Promise<SoftwareDevice> {
  const key = nobleKey(options.alg ?? 'EdDSA');
  const client = createDeviceClient({ issuer, fetch: options.fetch ?? fetch, key });
  const enrolment = await services.enrolments.open({
    account: account.sub,
    userName: account.userName,
    approval: 'none',
  });
  const { device } = await client.enrol({
    ticket: { secret: linkSecret(enrolment) },
    name: options.name ?? 'Test phone',
    kind: 'terminal',
    ...(options.subscription === undefined ? {} : { subscription: options.subscription }),
  });
  const claimed = await services.enrolments.find(account.sub, enrolment.id);
  await services.enrolments.confirm(account.sub, enrolment.id, claimed!.device!.thumbprint);

  const waiting = async () => (await client.pending()).challenges;
  const newest = async () => {
    const [first] = await waiting();
    if (!first) throw new Error('nothing waits for this device');
    return first;
  };
  return {
    id: device.id,
    client,
    waiting,
    newest,
    approve: async (number) => {
      await client.answer(await newest(), 'approve', { number });
    },
    deny: async () => {
      await client.answer(await newest(), 'deny');
    },
    report: async () => {
      await client.answer(await newest(), 'report');
    },
  };
}
