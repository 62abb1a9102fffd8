import { randomBytes } from 'node:crypto';
import type { Account } from '../../src/accounts/account.ts';
import type { Challenge } from '../../src/approval/challenge.ts';
import { challengeId } from '../../src/approval/decide.ts';
import { viewVersion } from '../../src/approval/view-version.ts';
import type { Device, DeviceList } from '../../src/devices/device.ts';
import { buildAnswer } from '../../src/protocol/answer.ts';
import { type DeviceSigner, thumbprintOf } from '../../src/protocol/device-key.ts';
import { hashBrowser } from '../../src/session/browser-cookie.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { SAMPLE_CONTEXT } from '../../test/support/sample-challenge.ts';

/**
 * Challenges as the server writes them, put into the store directly: a benchmark of the wait needs thousands, and no
 * password behind them.
 */
export const BROWSER = 'B'.repeat(43);
export const COOKIE = `browser=${BROWSER}`;
const LIFE_MS = 20 * 60_000;

export interface OpenWait {
  readonly challenge: Challenge;
  /** What the waiting page asks. */
  readonly pollPath: string;
}

export async function openWaits(
  store: Store,
  count: number,
  accountOf: (i: number) => { readonly account: string; readonly device: string },
): Promise<OpenWait[]> {
  const now = await store.now();
  const waits = Array.from({ length: count }, (_, i) => openWait(now, accountOf(i)));
  for (let from = 0; from < count; from += 500) {
    await Promise.all(
      waits
        .slice(from, from + 500)
        .map(({ challenge }) =>
          store.put(keys.challenge(challenge.chain), challenge, { if: 'any', ttlMs: LIFE_MS * 2 }),
        ),
    );
  }
  return waits;
}

function openWait(now: number, { account, device }: { account: string; device: string }): OpenWait {
  const chain = randomBytes(32).toString('base64url');
  const challenge: Challenge = {
    v: 1,
    id: challengeId(chain),
    chain,
    account,
    browser: hashBrowser(BROWSER),
    known: false,
    client: { id: 'app', name: 'Bench app' },
    purpose: 'sign-in',
    number: '482913',
    qr: randomBytes(16).toString('base64url'),
    context: { ...SAMPLE_CONTEXT, account },
    nonce: randomBytes(16).toString('base64url'),
    devices: [{ id: device, name: 'Laptop', step: null }],
    listed: true,
    createdAt: now,
    expiresAt: now + LIFE_MS,
    state: 'pending',
    wrong: 0,
  };
  const uid = randomBytes(16).toString('base64url');
  const v = viewVersion(challenge, 'pending');
  return { challenge, pollPath: `/interaction/${uid}/poll?c=${chain}&v=${v}` };
}

export interface AnsweringDevice {
  readonly account: string;
  readonly device: string;
  readonly key: DeviceSigner;
}

/** Enrolled devices, one an account, without the walk of an enrolment. */
export async function answeringDevices(store: Store, count: number): Promise<AnsweringDevice[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const account = randomBytes(16).toString('base64url');
      const key = nobleKey('EdDSA');
      const now = Date.now();
      const device: Device = {
        id: `${account}.${randomBytes(16).toString('base64url')}`,
        name: 'Laptop',
        kind: 'terminal',
        jwk: key.jwk,
        alg: key.alg,
        thumbprint: await thumbprintOf(key.jwk),
        subscription: null,
        enrolledAt: now,
        lastSeenAt: now,
        state: 'active',
      };
      const list: DeviceList = { v: 1, devices: [device] };
      await store.put(keys.account(account), accountRecord(account), { if: 'any', ttlMs: null });
      await store.put(keys.devices(account), list, { if: 'any', ttlMs: null });
      return { account, device: device.id, key };
    }),
  );
}

function accountRecord(sub: string): Account {
  return {
    v: 1,
    sub,
    userName: sub,
    emails: [],
    passwordHash: null,
    passwordChangedAt: null,
    disabled: false,
    notBefore: 0,
    createdAt: 1,
    updatedAt: 1,
    profile: {},
  };
}

/** Signed before any clock runs. */
export function signedAnswer(issuer: string, { challenge }: OpenWait, by: AnsweringDevice): Promise<string> {
  const { id, context, nonce, number, account, expiresAt } = challenge;
  const shown = { id, context, nonce, exp: Math.floor(expiresAt / 1000) };
  const iat = Math.floor(Date.now() / 1000);
  return buildAnswer(
    { issuer, account, challenge: shown, decision: 'approve', seen: { number }, iat },
    by.device,
    by.key,
  );
}
