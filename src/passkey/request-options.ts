import { MINUTE } from '../store/keys.ts';
import type { Passkey } from './passkey.ts';

/** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn level 3 section 5.5). */
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly timeout: number;
  readonly allowCredentials: readonly { type: 'public-key'; id: string; transports: readonly string[] }[];
  readonly userVerification: 'required' | 'preferred';
}

const TIMEOUT_MS = 5 * MINUTE;

export interface Asking {
  readonly challenge: string;
  readonly rpId: string;
  /** Of the one person who is asked; absent = whoever has a passkey. */
  readonly passkeys?: readonly Passkey[];
  /** The browser is the person's own: it may be told which passkeys there are. */
  readonly known: boolean;
  readonly requireUser: boolean;
}

/**
 * What the browser is asked for. An unknown browser is told no credential ids, so that a password alone does not show
 * who has a passkey (R59); but for a person whose authenticator does not find a passkey by itself, who could never use
 * it on a new browser otherwise.
 */
export function requestOptions({
  challenge,
  rpId,
  passkeys = [],
  known,
  requireUser,
}: Asking): RequestOptions {
  const named = known || passkeys.some(({ discoverable }) => !discoverable) ? passkeys : [];
  return {
    challenge,
    rpId,
    timeout: TIMEOUT_MS,
    allowCredentials: named.map(({ id, transports }) => ({ type: 'public-key', id, transports })),
    userVerification: requireUser ? 'required' : 'preferred',
  };
}
