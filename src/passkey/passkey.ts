import { createHash } from 'node:crypto';
import { fingerprint } from '../protocol/fingerprint.ts';
import { ACR, AMR } from '../session/ladder.ts';

/**
 * A passkey: a WebAuthn credential that signs a person in by itself. It approves no request of a device, and a device's
 * approval credential signs nobody in: those are records of their own, found by other keys, and neither is ever looked
 * for in place of the other.
 */
export interface Passkey {
  /** base64url. */
  readonly id: string;
  /** COSE key (RFC 9052 section 7), base64url. Its algorithm is in it, pinned with it. */
  readonly publicKey: string;
  /** Signature counter of the newest assertion; 0 where the authenticator keeps none. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** The authenticator's model; a claim of its own unless `attested`. */
  readonly aaguid: string;
  /** Its attestation was verified to a root an admin configured, and it cannot be copied: `phrh`. */
  readonly attested: boolean;
  /** The authenticator finds it by itself; one that does not has to be given the id. A claim of the browser's. */
  readonly discoverable: boolean;
  /** Whether it may be copied to other devices of its owner ("syncs"); never changes. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** As its owner calls it. */
  readonly name: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; `null` until it was used. */
  readonly lastUsedAt: number | null;
}

/** `keys.passkeys(sub)`: all of one account's passkeys in one record. */
export interface PasskeyList {
  readonly v: 1;
  /** User handle: random, since authenticators may show it to anybody (WebAuthn level 3 section 14.6.1). base64url. */
  readonly handle: string;
  readonly passkeys: readonly Passkey[];
}

/** What an assertion says anew about its passkey. */
export type PasskeyNews = Pick<Passkey, 'counter' | 'backedUp'>;

/** Names a passkey in addresses and in the audit log; opens nothing. */
export function passkeyRef(id: string): string {
  return createHash('sha256').update(`passkey\0${id}`).digest('base64url').slice(0, 22);
}

/** Of its public key, for people to compare: what the browser and an old device both show (R24). */
export function passkeyFingerprint({ publicKey }: Pick<Passkey, 'publicKey'>): string {
  return fingerprint(createHash('sha256').update(publicKey).digest('base64url'));
}

/** The rung a passkey reaches: `phrh` only where its hardware was proved by an attestation (R47). */
export const acrOf = ({ attested }: Pick<Passkey, 'attested'>): string => (attested ? ACR.phrh : ACR.phr);

/**
 * What was proved by an assertion (RFC 8176). `user` only where a person was verified, `pwd` only where a password was
 * typed in this sign-in; one of the two has to be there, or it is no `mfa`.
 */
export function amrOf(
  { attested }: Pick<Passkey, 'attested'>,
  proved: { readonly userVerified: boolean; readonly password: boolean },
): readonly string[] {
  const [key, user, mfa] = attested ? AMR.hardwarePasskey : AMR.passkey;
  return [...(proved.password ? AMR.pwd : []), key, ...(proved.userVerified ? [user] : []), mfa];
}
