import { relyingParty } from '../devices/relying-party.ts';

/** Whom passkeys are for. */
export interface PasskeyParty {
  /** The issuer's host: with a parent domain, any page below it could use the passkeys. */
  readonly id: string;
  /** Origins whose pages may ask for them, compared as text. The issuer's, and those this server is also reached by. */
  readonly origins: readonly string[];
  /** Shown by browsers. */
  readonly name: string;
}

/**
 * @param issuer the public issuer URL.
 * @param related other origins that lead to this server (WebAuthn level 3 section 5.11).
 */
export function passkeyParty(issuer: string, related: readonly string[]): PasskeyParty {
  const { id, origin, name } = relyingParty(issuer);
  return { id, origins: [origin, ...related], name };
}
