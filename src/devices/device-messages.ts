import { type Challenge, type ChallengeState, needsVerifiedPerson } from '../approval/challenge.ts';
import type { CredentialMessage } from '../protocol/approval-credential.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { ChallengeMessage, DeviceMessage } from '../protocol/messages.ts';
import type { Device } from './device.ts';
import type { DeviceApi } from './device-api.ts';
import type { RelyingParty } from './relying-party.ts';

/** What a device may see of a challenge. Field by field on purpose: number and QR secret stay here (R3). */
export function challengeMessageOf(
  challenge: Challenge,
  state: ChallengeState,
  credential: CredentialMessage | undefined,
): ChallengeMessage {
  return {
    id: challenge.id,
    context: challenge.context,
    nonce: challenge.nonce,
    exp: Math.floor(challenge.expiresAt / 1000),
    digits: challenge.number.length,
    state,
    ...(needsVerifiedPerson(challenge) && { user_verification: 'required' as const }),
    ...(credential && { credential }),
  };
}

/** What a device is told of its own approval credential; `undefined` when it has none. */
export function credentialMessageOf(device: Device, party: RelyingParty): CredentialMessage | undefined {
  const { credential } = device;
  return credential && { id: credential.id, transports: [...credential.transports], rp_id: party.id };
}

export interface DeviceStanding {
  readonly device: Device;
  readonly state: DeviceMessage['device']['state'];
  readonly userName: string;
}

export function deviceMessageOf(
  standing: DeviceStanding,
  account: string,
  { issuer, party }: Pick<DeviceApi, 'issuer' | 'party'>,
  applicationServerKey: string | undefined,
): DeviceMessage {
  const { device } = standing;
  const credential = credentialMessageOf(device, party);
  return {
    issuer,
    device: {
      id: device.id,
      name: device.name,
      kind: device.kind,
      fingerprint: fingerprint(device.thumbprint),
      state: standing.state,
      push: device.subscription !== null,
      ...(credential && { credential }),
    },
    account: { sub: account, user_name: standing.userName },
    ...(applicationServerKey === undefined ? {} : { application_server_key: applicationServerKey }),
  };
}
