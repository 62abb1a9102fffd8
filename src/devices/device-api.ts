import type { Challenge, ChallengeState } from '../approval/challenge.ts';
import type { AnswerOutcome, Verdict } from '../approval/decide.ts';
import type { DeviceReceiptStep } from '../protocol/proof.ts';
import type { Away } from '../risk/device-away.ts';
import type { ApprovalCredential } from './approval-credential.ts';
import type { DeviceCare } from './care-routes.ts';
import type { Device, PushSubscriptionRecord } from './device.ts';
import type { Devices } from './devices.ts';
import type { Enrolments } from './enrolments.ts';
import type { RelyingParty } from './relying-party.ts';
import type { ProofDependencies } from './verify-proof.ts';

/** What came of an answer: it counted, or the challenge was in no state for it, or there is none for this device. */
export type AnswerResult =
  | { readonly outcome: AnswerOutcome; readonly triesLeft?: number }
  | { readonly refused: ChallengeState }
  | { readonly notFound: true }
  | { readonly unknownDevice: true };

/** What the device API needs of the approvals: whole records, since what a device may see is decided here. */
export interface DeviceApprovals {
  /** What waits for this device. */
  pending(device: Device): Promise<readonly Challenge[]>;
  /** One challenge that was offered to this device, with its state now; `undefined` for any other. */
  forDevice(id: string, device: Device): Promise<{ challenge: Challenge; state: ChallengeState } | undefined>;
  /** Decides by compare-and-set; what the verifier throws when the answer does not hold comes through. */
  answer(
    id: string,
    by: string,
    verifierFor: (device: Device) => Promise<(challenge: Challenge, now: number) => Verdict>,
  ): Promise<AnswerResult>;
  receipt(id: string, device: string, step: DeviceReceiptStep): Promise<boolean>;
}

/**
 * Parks a long-poll. Registers before it returns, so that a state read afterwards cannot miss a wake.
 *
 * @returns `woken`, `timeout` (also at shutdown), or at once `busy` when this topic has as many waiters as it may.
 */
export type WaitFor = (
  topic: string,
  ms: number,
  signal: AbortSignal,
) => Promise<'woken' | 'timeout' | 'busy'>;

/** Told to whoever keeps the audit log and writes to people; nothing here is secret. */
export type DeviceEvent =
  | {
      readonly type: 'device.claimed';
      readonly account: string;
      readonly device: Device;
      readonly enrolment: string;
    }
  | {
      readonly type: 'device.credential_added';
      readonly account: string;
      readonly device: Device;
      readonly credential: ApprovalCredential;
    }
  | { readonly type: 'device.removed'; readonly account: string; readonly device: Device }
  | {
      readonly type: 'device.renamed';
      readonly account: string;
      readonly device: Device;
      readonly was: string;
    }
  | {
      readonly type: 'device.subscription';
      readonly account: string;
      readonly device: Device;
      readonly was: PushSubscriptionRecord | null;
    }
  | { readonly type: 'device.refused'; readonly code: string; readonly cause: string };

export interface DeviceApi {
  /** The configured public issuer URL: `aud` of every signed message and the base of every `htu`. */
  readonly issuer: string;
  /** Whom the devices' WebAuthn credentials are for. */
  readonly party: RelyingParty;
  readonly devices: Devices;
  readonly enrolments: Enrolments;
  readonly approvals: DeviceApprovals;
  readonly care: DeviceCare;
  /** Codes without network; absent while the configuration has none. */
  readonly offlineCodes?: {
    generation(account: string): Promise<string | undefined>;
    secretFor(
      account: string,
      device: string,
    ): Promise<{ generation: string; secret: Uint8Array } | undefined>;
  };
  readonly proofs: Omit<ProofDependencies, 'findDevice'>;
  readonly parseSubscription: (input: unknown) => PushSubscriptionRecord;
  readonly waitFor: WaitFor;
  /** The user name as its owner writes it; `undefined` = no such account. */
  readonly userNameOf: (account: string) => Promise<string | undefined>;
  /** VAPID public key that a device subscribes with. */
  readonly applicationServerKey?: () => Promise<string | undefined>;
  /** Asked before an enrolment is looked at: seconds to wait, or `undefined` to go on. */
  readonly throttleEnrolment?: (address: string) => Promise<number | undefined>;
  /**
   * How far a device that answers is from the browser that asked, and whether that takes a verified person. Measured
   * when asked for: most of the time that is once somebody has been told.
   */
  readonly away?: (
    challenge: Challenge,
    address: string,
  ) => { readonly measured: () => Away; readonly mustVerify: () => boolean };
  readonly onEvent?: (event: DeviceEvent) => void | Promise<void>;
}
