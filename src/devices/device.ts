import type { DeviceAlgorithm, PublicDeviceJwk } from '../protocol/device-key.ts';
import type { ApprovalCredential } from './approval-credential.ts';

/** What a browser's `PushSubscription.toJSON()` gives: RFC 8030 endpoint, RFC 8291 keys (base64url). */
export interface PushSubscriptionRecord {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** One enrolled authenticator: a key that never leaves it, and where to push. */
export interface Device {
  /** `<sub>.<random>`: the account is part of the id, so the id alone leads to the account's device record. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'web' | 'terminal' | 'native';
  readonly jwk: PublicDeviceJwk;
  /** Pinned at enrolment; a signature's own header never chooses it (R18). */
  readonly alg: DeviceAlgorithm;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  readonly subscription: PushSubscriptionRecord | null;
  /** Epoch ms. */
  readonly enrolledAt: number;
  /** Epoch ms, written at most once an hour. */
  readonly lastSeenAt: number;
  readonly state: 'active' | 'revoked';
  /** There once enrolled: from then on its approvals need an assertion by it (R60). */
  readonly credential?: ApprovalCredential;
}

/** `keys.devices(sub)`: all of one account's devices, so that revoking one touches one key. */
export interface DeviceList {
  readonly v: 1;
  readonly devices: readonly Device[];
}
