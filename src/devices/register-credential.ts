import { randomBytes } from 'node:crypto';
import type { CreationOptionsMessage, RegistrationResponse } from '../protocol/approval-credential.ts';
import type { DeviceErrorCode } from '../protocol/errors.ts';
import type { ApprovalCredential } from './approval-credential.ts';
import { CREDENTIAL_ALGORITHMS } from './credential-key.ts';
import type { Device } from './device.ts';
import type { DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { type CredentialRefusal, isExpired } from './enrolment.ts';
import type { Caller } from './identify.ts';
import { verifyRegistration } from './verify-registration.ts';

/**
 * A device adds a platform credential to its own enrolment. Who may: the holder of the device key, once, until the 10
 * minutes of the link are over, before or after the confirmation, so that the phone's prompt and the person at the
 * browser need not wait for each other. Later it would be a change of factors (R24): a page that got hold of the key
 * could bind an authenticator of its own, and its approvals would count as those of a verified person.
 */

const TIMEOUT_MS = 120_000;
const USER_HANDLE_BYTES = 32;

const REFUSED: Record<CredentialRefusal, DeviceErrorCode> = {
  expired: 'enrolment_expired',
  cancelled: 'device_revoked',
  'has-credential': 'credential_exists',
  unclaimed: 'device_pending',
  // A moment ago, and not in the account's list yet: the same call again finds it there.
  bound: 'device_pending',
};

/** @throws DeviceError `credential_exists`, `enrolment_expired`, `device_revoked`. */
export async function credentialOptions(
  api: DeviceApi,
  caller: Caller,
  userName: string,
): Promise<CreationOptionsMessage> {
  await refuseUnlessOpen(api, caller);
  const { id, name } = api.party;
  return {
    challenge: await api.proofs.nonces.current(useOf(caller.device)),
    rp: { id, name },
    // Random, since authenticators may show it to anybody (WebAuthn level 3 section 14.6.1).
    user: {
      id: randomBytes(USER_HANDLE_BYTES).toString('base64url'),
      name: userName,
      displayName: userName,
    },
    pubKeyCredParams: Object.values(CREDENTIAL_ALGORITHMS).map((alg) => ({ type: 'public-key', alg })),
    timeout: TIMEOUT_MS,
    authenticatorSelection: {
      authenticatorAttachment: 'platform',
      residentKey: 'discouraged',
      requireResidentKey: false,
      userVerification: 'required',
    },
    attestation: 'none',
  };
}

/**
 * @returns the device with its credential, and the credential.
 * @throws DeviceError as `credentialOptions`, and `invalid_credential`, `device_pending`.
 */
export async function registerCredential(
  api: DeviceApi,
  caller: Caller,
  response: RegistrationResponse,
): Promise<{ readonly device: Device; readonly credential: ApprovalCredential }> {
  await refuseUnlessOpen(api, caller);
  const credential = await verifyRegistration({
    response,
    party: api.party,
    isOurChallenge: (challenge) => api.proofs.nonces.isFresh(challenge, useOf(caller.device)),
    now: api.proofs.now(),
  });
  return { device: await store(api, caller, credential), credential };
}

/** Into the enrolment while it waits, into the account's devices once it is there: one place at a time. */
async function store(api: DeviceApi, caller: Caller, credential: ApprovalCredential): Promise<Device> {
  const { account, device } = caller;
  if (caller.state === 'pending') {
    const moved = await api.enrolments.addCredential(device.id, credential);
    if ('next' in moved) return moved.next.device as Device;
    if (moved.refused !== 'bound') throw new DeviceError(REFUSED[moved.refused]);
  }
  try {
    return await api.devices.addCredential(account, device.id, credential);
  } catch (error) {
    const missing = error instanceof DeviceError && error.code === 'not_found';
    throw missing && caller.state === 'pending' ? new DeviceError(REFUSED.bound) : error;
  }
}

async function refuseUnlessOpen({ enrolments, proofs }: DeviceApi, caller: Caller): Promise<void> {
  if (caller.device.credential) throw new DeviceError('credential_exists');
  const enrolment = caller.enrolment ?? (await enrolments.ofDevice(caller.device.id));
  if (!enrolment || isExpired(enrolment, await proofs.store.now()))
    throw new DeviceError('enrolment_expired');
  if (enrolment.state === 'cancelled') throw new DeviceError('device_revoked');
}

/** What ties a challenge to one device, so that none of another's registrations fits. */
const useOf = (device: Device) => `approval-credential ${device.id}`;
