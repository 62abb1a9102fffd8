import { type AppState, FIRST_STATE, type OpenRequest } from '../../src/authenticator/engine/state.ts';
import type { StoredAccount } from '../../src/authenticator/storage/accounts.ts';
import type { SignedContext } from '../../src/protocol/context.ts';
import type { ChallengeMessage } from '../../src/protocol/messages.ts';

/** Epoch seconds at which these tests are. */
export const AT = 1_795_000_000;

export const CONTEXT: SignedContext = {
  ver: 1,
  purpose: 'sign-in',
  app: { name: 'Grafana', host: 'grafana.example.org' },
  account: 'ada',
  address: '192.0.2.17',
  place: 'Switzerland',
  browser: 'Firefox',
  system: 'Linux',
  at: AT,
};

export function challenge(id: string, more: Partial<ChallengeMessage> = {}): ChallengeMessage {
  return { id, context: CONTEXT, nonce: 'n', exp: AT + 120, digits: 6, state: 'pending', ...more };
}

export function openRequest(id: string, account = 'a', more: Partial<ChallengeMessage> = {}): OpenRequest {
  return { account, challenge: challenge(id, more), endsAt: (AT + 120) * 1000, life: 120_000 };
}

export function account(id: string, more: Partial<StoredAccount> = {}): StoredAccount {
  return {
    id,
    issuer: 'https://id.example.org',
    state: 'active',
    alg: 'EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43) },
    key: {} as CryptoKey,
    addedAt: AT * 1000,
    kid: `${id}.kid`,
    userName: `user ${id}`,
    name: 'Pixel 9',
    ...more,
  };
}

export function state(more: Partial<AppState> = {}): AppState {
  return { ...FIRST_STATE, started: true, connection: 'ok', accounts: [account('a')], ...more };
}
