import type { ApprovalCredential } from './approval-credential.ts';
import type { Device } from './device.ts';

/**
 * One invitation for one device of one account, as pure functions.
 *
 *     open → claimed → bound          a device spends it (once, R26), the page that showed it confirms (R27)
 *     open | claimed → cancelled      the person sees a device that is not theirs
 *
 * An attacker who photographs the QR can win the race to claim; what bounds it is that nothing is enrolled until the
 * person compares name and fingerprint in the page, and that a second scan fails and so is noticed.
 */
export interface Enrolment {
  readonly v: 1;
  /** 128 random bits; also the random part of the device id that comes of it. Not a secret. */
  readonly id: string;
  readonly account: string;
  /** As its owner writes it; shown on the device. */
  readonly userName: string;
  /** 128 bits, in the link. In clear for its 10 minutes, so that a page without JavaScript can show the QR again. */
  readonly secret: string;
  /** 40 bits, Crockford base32, typed with the user name. */
  readonly code: string;
  /** `old-device`: nothing is bound before an old device (or passkey) has approved exactly this change (R24). */
  readonly approval: 'none' | 'old-device';
  /** Revoke the account's other devices at confirmation. */
  readonly replace: boolean;
  /** Epoch ms on the store's clock. */
  readonly expiresAt: number;
  readonly state: 'open' | 'claimed' | 'bound' | 'cancelled';
  /** The device that spent it; enrolled only once `bound`. */
  readonly device?: Device;
}

export type EnrolmentRefusal = 'used' | 'expired' | 'cancelled' | 'unclaimed' | 'other-device';

export type CredentialRefusal = 'bound' | 'expired' | 'cancelled' | 'unclaimed' | 'has-credential';

export type Moved<R = EnrolmentRefusal> = { readonly next: Enrolment } | { readonly refused: R };

export function isExpired(enrolment: Enrolment, now: number): boolean {
  return now >= enrolment.expiresAt;
}

/** A device spends the link or code. */
export function claim(enrolment: Enrolment, device: Device, now: number): Moved {
  if (enrolment.state === 'cancelled') return { refused: 'cancelled' };
  if (enrolment.state !== 'open') return { refused: 'used' };
  if (isExpired(enrolment, now)) return { refused: 'expired' };
  return { next: { ...enrolment, state: 'claimed', device } };
}

/** The page confirms the device it showed, named by its key's thumbprint. Confirming twice is confirming once. */
export function confirm(enrolment: Enrolment, thumbprint: string, now: number): Moved {
  if (enrolment.state === 'cancelled') return { refused: 'cancelled' };
  if (!enrolment.device) return { refused: isExpired(enrolment, now) ? 'expired' : 'unclaimed' };
  if (enrolment.device.thumbprint !== thumbprint) return { refused: 'other-device' };
  if (enrolment.state === 'bound') return { next: enrolment };
  if (isExpired(enrolment, now)) return { refused: 'expired' };
  return { next: { ...enrolment, state: 'bound' } };
}

/** The device that claimed it adds a platform credential, once; the confirmation is then one of both keys. */
export function addCredential(
  enrolment: Enrolment,
  credential: ApprovalCredential,
  now: number,
): Moved<CredentialRefusal> {
  const { state, device } = enrolment;
  if (state === 'cancelled' || state === 'bound') return { refused: state };
  if (!device) return { refused: 'unclaimed' };
  if (isExpired(enrolment, now)) return { refused: 'expired' };
  if (device.credential) return { refused: 'has-credential' };
  return { next: { ...enrolment, device: { ...device, credential } } };
}

/** Ends it, until it is bound: then the device is to be revoked instead. */
export function cancel(enrolment: Enrolment): Moved {
  if (enrolment.state === 'bound') return { refused: 'used' };
  return { next: { ...enrolment, state: 'cancelled' } };
}
