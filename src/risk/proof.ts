/**
 * What a sign-in has to show after the password, least first. Policy chooses one (`docs/architecture.md`, risk); more
 * is always enough, so of two the later one holds.
 */
export const PROOFS = [
  /** Nothing more: only ever for a remembered browser. */
  'none',
  /** A push approval with a number of `challenge.knownBrowserDigits`: known browsers only. */
  'push-short',
  /** A push approval with a number of `challenge.digits`. */
  'push',
  /** A push approval with an assertion of a verified user (WebAuthn). */
  'push-verified',
  /** A passkey; no device is asked. */
  'passkey',
  /** Nobody gets in. */
  'refuse',
] as const;

export type Proof = (typeof PROOFS)[number];

/** Whether what was shown is enough. */
export const meets = (shown: Proof, wanted: Proof): boolean => atLeast(shown, wanted) === shown;

export const atLeast = (proof: Proof, floor: Proof): Proof =>
  PROOFS.indexOf(proof) < PROOFS.indexOf(floor) ? floor : proof;

/** Whether policy wants more than an ordinary approval. */
export const exceedsPush = (proof: Proof | undefined): boolean =>
  proof !== undefined && PROOFS.indexOf(proof) > PROOFS.indexOf('push');
