import type { Challenge } from '../../src/approval/challenge.ts';
import type { Device } from '../../src/devices/device.ts';
import type { SignedContext } from '../../src/protocol/context.ts';
import { type DeviceSigner, thumbprintOf } from '../../src/protocol/device-key.ts';

/** A context with every kind of content, also characters that need care. */
export const SAMPLE_CONTEXT: SignedContext = {
  ver: 1,
  purpose: 'sign-in',
  app: { name: 'Café "Zürich" 🦊', host: 'app.example.com' },
  account: 'ada',
  address: '203.0.113.7',
  place: 'Switzerland',
  browser: 'Firefox 153',
  system: 'Linux',
  at: 1_795_000_000,
};

export const ISSUER = 'https://id.example.com';

export async function sampleDevice(key: DeviceSigner, more: Partial<Device> = {}): Promise<Device> {
  return {
    id: 'acct-ada.AAAAAAAAAAAAAAAAAAAAAA',
    name: 'Laptop',
    kind: 'terminal',
    jwk: key.jwk,
    alg: key.alg,
    thumbprint: await thumbprintOf(key.jwk),
    subscription: null,
    enrolledAt: 1_794_000_000_000,
    lastSeenAt: 1_794_000_000_000,
    state: 'active',
    ...more,
  };
}

export function sampleChallenge(device: string, more: Partial<Challenge> = {}): Challenge {
  return {
    v: 1,
    id: `${'c'.repeat(43)}.${'h'.repeat(43)}`,
    chain: 'h'.repeat(43),
    account: 'acct-ada',
    browser: 'b'.repeat(43),
    known: false,
    client: { id: 'app', name: 'Café' },
    purpose: 'sign-in',
    number: '482913',
    qr: 'QqQqQqQqQqQqQqQqQqQqQg',
    context: SAMPLE_CONTEXT,
    nonce: 'NnNnNnNnNnNnNnNnNnNnNg',
    devices: [{ id: device, name: 'Laptop', step: null }],
    listed: true,
    createdAt: 1_795_000_000_000,
    expiresAt: 1_795_000_120_500,
    state: 'pending',
    wrong: 0,
    ...more,
  };
}

/** The part of a challenge that a device is told. */
export function shownTo(challenge: Challenge) {
  const { id, context, nonce } = challenge;
  return { id, context, nonce, exp: Math.floor(challenge.expiresAt / 1000) };
}
