import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  platformAuthenticatorIsAvailable,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import type { AssertionOptions } from '../../protocol/approval-credential.ts';
import type { DeviceClient } from '../../protocol/device-client.ts';
import type { DeviceMessage } from '../../protocol/messages.ts';

/** The phone did not say that its person was there: they gave up, took too long, or its credential is gone. */
export class NotVerified extends Error {
  override readonly name = 'NotVerified';
}

/** Whether this device can ask for a fingerprint, a face or its own PIN. */
export async function hasScreenLock(): Promise<boolean> {
  if (!browserSupportsWebAuthn()) return false;
  return platformAuthenticatorIsAvailable().catch(() => false);
}

/** Has the phone make a credential that each approval will need. @throws NotVerified, DeviceApiError */
export function enrolScreenLock(client: DeviceClient): Promise<DeviceMessage> {
  return client.registerApprovalCredential((options) =>
    verified(
      startRegistration({ optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON }),
    ),
  );
}

/** Has the person confirm one answer. @throws NotVerified */
export function confirmPerson(options: AssertionOptions): Promise<unknown> {
  return verified(
    startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON }),
  );
}

async function verified<T>(ceremony: Promise<T>): Promise<T> {
  try {
    return await ceremony;
  } catch (cause) {
    throw new NotVerified('the person was not verified', { cause });
  }
}
