/**
 * The assurance ladder: what was proved, from least to most (docs/architecture.md). `acr` values are compared by
 * their rung; a rung never means more than its `amr` says (RFC 8176).
 */
export const ACR = {
  pwd: 'urn:countersign:acr:pwd',
  /** A password in a browser that an approved sign-in has had remembered (`src/remembered/`). */
  remembered: 'urn:countersign:acr:remembered',
  /** The password, and an admin's word that no device can be asked for now. */
  bypass: 'urn:countersign:acr:bypass',
  /** Password and a code of a device without network: nothing of the request was shown on the device. */
  otp: 'urn:countersign:acr:otp',
  push: 'urn:countersign:acr:push',
  phr: 'phr',
  phrh: 'phrh',
} as const;

/** What a client may ask for as its least. */
export type Floor = 'pwd' | 'push' | 'phr' | 'phrh';

/**
 * Rungs under `push` that stand in for it where nothing but a client's floor asks for it, and settings allow them. They
 * never meet an `acr` that a request asks for, and never open a person's own pages.
 */
export type StandIn = typeof ACR.bypass | typeof ACR.remembered | typeof ACR.otp;

const STAND_INS: readonly string[] = [ACR.remembered, ACR.bypass, ACR.otp] satisfies readonly StandIn[];

/** Whether an app can ask for it: a known rung, and none that only stands in for another. */
export const isAskable = (acr: string): boolean => rank(acr) > 0 && !STAND_INS.includes(acr);

/** Every `acr` this provider knows, lowest first. */
const ACR_VALUES: readonly string[] = [
  ACR.pwd,
  ACR.remembered,
  ACR.bypass,
  ACR.otp,
  ACR.push,
  ACR.phr,
  ACR.phrh,
];

/** What people can reach here, and so `acr_values_supported` in discovery: `phrh` takes roots to verify attestation to. */
export function offeredAcrValues(attestationRoots: boolean): readonly string[] {
  return [ACR.pwd, ACR.push, ACR.phr, ...(attestationRoots ? [ACR.phrh] : [])];
}

/** 1 for the password, 2 for push, …; 0 for a value this provider does not know. */
export function rank(acr: string | undefined): number {
  return acr === undefined ? 0 : ACR_VALUES.indexOf(acr) + 1;
}

export const AMR = {
  pwd: ['pwd'],
  /** The cookie of a remembered browser is no method of RFC 8176: nothing is said that was not proved. */
  remembered: ['pwd'],
  /** No more than the password is proved: the admin's word is no method of the person's. */
  bypass: ['pwd'],
  otp: ['pwd', 'otp', 'mfa'],
  /** Password, software-held key, more than one channel, more than one factor. */
  push: ['pwd', 'swk', 'mca', 'mfa'],
  /** The same with an assertion whose user verification was checked (R47). */
  pushUserVerified: ['pwd', 'swk', 'mca', 'mfa', 'user'],
  /** Software-held key (it may be synced), a verified person, more than one factor. */
  passkey: ['swk', 'user', 'mfa'],
  /** The same with a key whose hardware an attestation proved. */
  hardwarePasskey: ['hwk', 'user', 'mfa'],
} as const;
