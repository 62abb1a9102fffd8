import type { Challenge, ChallengeState } from '../approval/challenge.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { ChallengeMessage, DeviceMessage } from '../protocol/messages.ts';
import type { Device } from './device.ts';

/** What a device may see of a challenge. Field by field on purpose: number and QR secret stay here (R3). */
export function challengeMessageOf(challenge: Challenge, state: ChallengeState): ChallengeMessage {
  return {
    id: challenge.id,
    context: challenge.context,
    nonce: challenge.nonce,
    exp: Math.floor(challenge.expiresAt / 1000),
    digits: challenge.number.length,
    state,
  };
}

export interface DeviceStanding {
  readonly device: Device;
  readonly state: DeviceMessage['device']['state'];
  readonly userName: string;
}

export function deviceMessageOf(
  standing: DeviceStanding,
  account: string,
  issuer: string,
  applicationServerKey: string | undefined,
): DeviceMessage {
  const { device } = standing;
  return {
    issuer,
    device: {
      id: device.id,
      name: device.name,
      kind: device.kind,
      fingerprint: fingerprint(device.thumbprint),
      state: standing.state,
      push: device.subscription !== null,
    },
    account: { sub: account, user_name: standing.userName },
    ...(applicationServerKey === undefined ? {} : { application_server_key: applicationServerKey }),
  };
}
