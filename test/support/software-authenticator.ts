// Loaded ahead: loading it stalls the process, and one that is client and server at once may lose a connection by that.
import '@simplewebauthn/server';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  AssertionOptions,
  AssertionResponse,
  CreationOptionsMessage,
  RegistrationResponse,
} from '../../src/protocol/approval-credential.ts';
import { type Cbor, encodeCbor } from './cbor.ts';

export type CredentialAlgorithm = 'ES256' | 'EdDSA' | 'RS256';

/** What a browser or authenticator does differently from an honest one. */
export interface Odd {
  /** Of the page that calls, as the browser writes it down. */
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  readonly counter?: number;
  readonly credentialId?: string;
  /** Signs with a key made for the purpose. */
  readonly otherKey?: boolean;
  readonly attestation?: { readonly fmt: string; readonly attStmt: ReadonlyMap<string, Cbor> };
  /** Signs the registration with the new key itself, as some do whatever they are asked (section 6.5.4). */
  readonly selfAttested?: boolean;
  /** A COSE key instead of the one made. */
  readonly publicKey?: ReadonlyMap<number, Cbor>;
  /** Attests with a certificate of its own model: a real `packed` statement (section 8.2). */
  readonly attestedBy?: AttestationSigner;
  /** Android's key store attests the very key: `android-key` (section 8.4), with these certificates of it. */
  readonly attestedByAndroid?: (key: KeyObject, clientDataHash: Uint8Array) => readonly Uint8Array[];
  readonly aaguid?: string;
  /** What the browser says of the credential: whether the authenticator finds it by itself. */
  readonly discoverable?: boolean;
  /** Bits changed in what was signed, after it was signed. */
  readonly tamper?: (response: AssertionResponse['response']) => AssertionResponse['response'];
}

/** A model's attestation key and its certificates, leaf first, DER. */
export interface AttestationSigner {
  readonly key: KeyObject;
  readonly x5c: readonly Uint8Array[];
}

const AAGUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
/** Key type and algorithm (RFC 9053). */
const COSE = { EdDSA: { kty: 1, alg: -8 }, ES256: { kty: 2, alg: -7 }, RS256: { kty: 3, alg: -257 } };
const FLAG = { userPresent: 1, userVerified: 4, backupEligible: 8, backedUp: 16, attested: 64 };
const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest();

/** A platform authenticator with its browser, in software (WebAuthn level 3 sections 5.8.1, 6.1, 6.5); one credential. */
export class SoftwareAuthenticator {
  readonly alg: CredentialAlgorithm;
  readonly origin: string;
  readonly credentialId = b64(randomBytes(32));
  /** Given when the credential was made, and told with every assertion; absent in one that finds none by itself. */
  userHandle: string | undefined;
  /** Of the newest assertion; stays 0 in an authenticator that keeps none. */
  counter = 0;
  private readonly counts: boolean;
  private readonly habits: Odd;
  private key = newKey('ES256');

  /**
   * @param origin of the page that calls.
   * @param options.counts whether it keeps a signature counter.
   * @param options.habits odd in every answer.
   */
  constructor(
    origin: string,
    options: { readonly alg?: CredentialAlgorithm; readonly counts?: boolean; readonly habits?: Odd } = {},
  ) {
    this.origin = origin;
    this.alg = options.alg ?? 'ES256';
    this.counts = options.counts ?? true;
    this.habits = options.habits ?? {};
    this.key = newKey(this.alg);
  }

  create(options: CreationOptionsMessage, odd: Odd = {}): RegistrationResponse {
    const how = { ...this.habits, ...odd };
    const id = Buffer.from(how.credentialId ?? this.credentialId, 'base64url');
    const attested = Buffer.concat([
      how.aaguid === undefined ? AAGUID : Buffer.from(how.aaguid.replaceAll('-', ''), 'hex'),
      Uint8Array.of(id.length >> 8, id.length & 255),
      id,
      encodeCbor(how.publicKey ?? coseKey(this.key, this.alg)),
    ]);
    const authData = this.authData(options.rp.id, how, attested);
    const clientDataJSON = this.clientData('webauthn.create', options.challenge, how);
    const statement = how.selfAttested
      ? new Map<string, Cbor>([
          ['alg', COSE[this.alg].alg],
          ['sig', this.sign(authData, clientDataJSON, how)],
        ])
      : new Map<string, Cbor>();
    if (how.attestedBy) {
      const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
      statement.set('alg', COSE.ES256.alg).set('sig', sign('sha256', signed, how.attestedBy.key));
      statement.set('x5c', how.attestedBy.x5c);
    }
    if (how.attestedByAndroid) {
      const hash = sha256(Buffer.from(clientDataJSON, 'base64url'));
      statement.set('alg', COSE[this.alg].alg).set('sig', this.sign(authData, clientDataJSON, how));
      statement.set('x5c', how.attestedByAndroid(this.key.publicKey, hash));
    }
    const packed = how.selfAttested || how.attestedBy ? 'packed' : 'none';
    const { fmt, attStmt } = how.attestation ?? {
      fmt: how.attestedByAndroid ? 'android-key' : packed,
      attStmt: statement,
    };
    if (how.discoverable !== false) this.userHandle = options.user.id;
    return {
      id: this.credentialId,
      rawId: this.credentialId,
      type: 'public-key',
      response: {
        clientDataJSON,
        attestationObject: b64(
          encodeCbor(
            new Map<string, Cbor>([
              ['fmt', fmt],
              ['attStmt', attStmt],
              ['authData', authData],
            ]),
          ),
        ),
        transports: ['internal'],
      },
    };
  }

  get(options: AssertionOptions, odd: Odd = {}): AssertionResponse {
    const how = { ...this.habits, ...odd };
    if (this.counts) this.counter++;
    const authenticatorData = this.authData(options.rpId, how);
    const clientDataJSON = this.clientData('webauthn.get', options.challenge, how);
    const signature = this.sign(authenticatorData, clientDataJSON, how);
    const response = {
      clientDataJSON,
      authenticatorData: b64(authenticatorData),
      signature: b64(signature),
    };
    const id = how.credentialId ?? this.credentialId;
    return { id, rawId: id, type: 'public-key', response: how.tamper?.(response) ?? response };
  }

  /** As a browser posts a new passkey. */
  createPasskey(options: CreationOptionsMessage, odd: Odd = {}) {
    const made = this.create(options, odd);
    return { ...made, clientExtensionResults: { credProps: { rk: odd.discoverable ?? true } } };
  }

  /** As a browser posts a passkey that was used. */
  getPasskey(options: Pick<AssertionOptions, 'challenge' | 'rpId'>, odd: Odd & { userHandle?: string } = {}) {
    const asked = { ...options, allowCredentials: [], userVerification: 'required' as const };
    const used = this.get(asked, odd);
    const userHandle = odd.userHandle ?? this.userHandle;
    return { ...used, response: { ...used.response, ...(userHandle === undefined ? {} : { userHandle }) } };
  }

  private sign(authData: Uint8Array, clientDataJSON: string, { otherKey }: Odd): Uint8Array {
    const { privateKey } = otherKey ? newKey(this.alg) : this.key;
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    return sign(this.alg === 'EdDSA' ? null : 'sha256', signed, privateKey);
  }

  private clientData(type: string, challenge: string, how: Odd): string {
    const data = {
      type: how.type ?? type,
      challenge: how.challenge ?? challenge,
      origin: how.origin ?? this.origin,
      crossOrigin: how.crossOrigin ?? false,
      ...(how.topOrigin === undefined ? {} : { topOrigin: how.topOrigin }),
    };
    return b64(Buffer.from(JSON.stringify(data)));
  }

  private authData(rpId: string, how: Odd, attested?: Uint8Array): Uint8Array {
    const { userPresent = true, userVerified = true, backupEligible = false, backedUp = false } = how;
    const flags =
      (userPresent ? FLAG.userPresent : 0) |
      (userVerified ? FLAG.userVerified : 0) |
      (backupEligible ? FLAG.backupEligible : 0) |
      (backedUp ? FLAG.backedUp : 0) |
      (attested ? FLAG.attested : 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(how.counter ?? this.counter);
    return Buffer.concat([
      sha256(how.rpId ?? rpId),
      Uint8Array.of(flags),
      counter,
      attested ?? new Uint8Array(),
    ]);
  }
}

function newKey(alg: CredentialAlgorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** RFC 9053 section 7, RFC 8230 section 4. */
function coseKey({ publicKey }: { publicKey: KeyObject }, alg: CredentialAlgorithm): Map<number, Cbor> {
  const jwk = publicKey.export({ format: 'jwk' });
  const member = (name: 'x' | 'y' | 'n' | 'e') => Buffer.from(jwk[name] ?? '', 'base64url');
  const common: [number, Cbor][] = [
    [1, COSE[alg].kty],
    [3, COSE[alg].alg],
  ];
  if (alg === 'RS256') return new Map([...common, [-1, member('n')], [-2, member('e')]]);
  const curve: [number, Cbor][] = [
    [-1, alg === 'EdDSA' ? 6 : 1],
    [-2, member('x')],
  ];
  return new Map([...common, ...curve, ...(alg === 'ES256' ? [[-3, member('y')] as [number, Cbor]] : [])]);
}
