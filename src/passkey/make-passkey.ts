import type { Account } from '../accounts/account.ts';
import { CREDENTIAL_ALGORITHMS } from '../devices/credential-key.ts';
import type { Device } from '../devices/device.ts';
import { MINUTE } from '../store/keys.ts';
import { challengeIn } from './client-challenge.ts';
import type { Passkey } from './passkey.ts';
import type { PasskeyChallenges } from './passkey-challenges.ts';
import type { PasskeyParty } from './passkey-party.ts';
import type { Passkeys } from './passkeys.ts';
import { readRegistration } from './responses.ts';
import { NewPasskeyInvalid, type PasskeyRules, verifyNewPasskey } from './verify-new-passkey.ts';

/**
 * Making a passkey. Who may: whoever is signed in, in one change of factors or one finished sign-in. What comes of it
 * here is only looked at: it signs nobody in until an old device, or another passkey, has approved just that (R24).
 */
export interface MakePasskeyDependencies {
  readonly passkeys: Passkeys;
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  readonly challenges: PasskeyChallenges;
  readonly party: PasskeyParty;
  readonly rules: PasskeyRules;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Where it is made: a change of factors, in one browser. */
export interface MakingPlace {
  readonly chain: string;
  readonly browser: string;
}

const TIMEOUT_MS = 5 * MINUTE;

/** `PublicKeyCredentialCreationOptionsJSON` (WebAuthn level 3 section 5.4). */
export async function creationOptions(
  { passkeys, challenges, party, rules }: MakePasskeyDependencies,
  account: Account,
  place: MakingPlace,
) {
  const [challenge, id, there] = await Promise.all([
    challenges.issue({ ...place, use: 'register' }),
    passkeys.handle(account.sub),
    passkeys.list(account.sub),
  ]);
  const { userName } = account;
  return {
    challenge,
    rp: { id: party.id, name: party.name },
    user: { id, name: userName, displayName: account.profile.name ?? userName },
    pubKeyCredParams: Object.values(CREDENTIAL_ALGORITHMS).map((alg) => ({
      type: 'public-key' as const,
      alg,
    })),
    timeout: TIMEOUT_MS,
    excludeCredentials: there.map((one) => ({
      type: 'public-key' as const,
      id: one.id,
      transports: one.transports,
    })),
    // A key that keeps none, or verifies nobody, is still good after a password.
    authenticatorSelection: {
      residentKey: 'preferred' as const,
      requireResidentKey: false,
      userVerification: 'preferred' as const,
    },
    attestation: rules.attestation === 'none' ? ('none' as const) : ('direct' as const),
    extensions: { credProps: true },
  };
}

/**
 * @param text JSON of the page's `PublicKeyCredential`.
 * @throws NewPasskeyInvalid
 */
export async function makePasskey(
  deps: MakePasskeyDependencies,
  account: string,
  place: MakingPlace,
  { text, name }: { readonly text: string; readonly name: string },
): Promise<Passkey> {
  const registration = readRegistration(text);
  const challenge = registration && challengeIn(registration.response.clientDataJSON);
  if (!registration || challenge === undefined) throw new NewPasskeyInvalid('malformed', 'no registration');
  if (!(await deps.challenges.spend({ ...place, use: 'register' }, challenge)))
    throw new NewPasskeyInvalid('challenge', 'not open');
  const { party, rules } = deps;
  const made = await verifyNewPasskey({ registration, party, challenge, rules, now: deps.now() });
  // What approves is never what signs in.
  const devices = await deps.devices.active(account);
  if (devices.some(({ credential }) => credential?.id === made.id))
    throw new NewPasskeyInvalid('registration', 'an approval credential of a device');
  return { ...made, name };
}
