/** Whom WebAuthn credentials are for. */
export interface RelyingParty {
  /** The host of the authenticator's own origin: with a parent domain, any page below it could use the credentials. */
  readonly id: string;
  /** The one origin whose pages may ask for assertions, compared as text. */
  readonly origin: string;
  /** Shown by browsers. */
  readonly name: string;
}

/**
 * @param issuer the public issuer URL.
 * @param authenticator origin of the authenticator; absent = the issuer's.
 */
export function relyingParty(issuer: string, authenticator?: string): RelyingParty {
  const { origin, hostname } = new URL(authenticator ?? issuer);
  return { id: hostname, origin, name: new URL(issuer).host };
}
