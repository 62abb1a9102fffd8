/**
 * A WebAuthn credential of the device's platform authenticator. It signs nothing but approvals of this device and is
 * no sign-in passkey: those are records of their own, and neither stands in for the other.
 */
export interface ApprovalCredential {
  /** base64url. */
  readonly id: string;
  /** COSE key (RFC 9052 section 7), base64url. Its algorithm is in it, pinned with it. */
  readonly publicKey: string;
  /** Signature counter of the newest assertion; 0 where the authenticator keeps none. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** The authenticator's model as it says, without attestation: a claim, no proof. */
  readonly aaguid: string;
  /** Whether the credential may be copied to other devices of its owner; never changes. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** What an assertion says anew about its credential. */
export type AssertionNews = Pick<ApprovalCredential, 'counter' | 'backedUp'>;

/**
 * WebAuthn level 3 section 7.2: a counter that does not go up means that the credential was copied, or that an old
 * assertion came again. Authenticators without one say 0 for ever.
 */
export function counterWentUp(stored: number, counter: number): boolean {
  return counter > stored || (counter === 0 && stored === 0);
}
