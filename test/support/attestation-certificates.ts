import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { der, octets, oid, seq, utcTime } from './der.ts';

/** A certificate of an authenticator's maker, and its key (RFC 5280; WebAuthn level 3 section 8.2.1). */
export interface Issued {
  readonly key: KeyObject;
  readonly name: string;
  readonly certificate: X509Certificate;
  /** DER. */
  readonly raw: Uint8Array;
}

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = seq(oid('2a8648ce3d040302'));
const TRUE = der(0x01, Buffer.of(0xff));
const text = (type: string, value: string, tag = 0x0c) =>
  der(0x31, seq(oid(type), der(tag, Buffer.from(value))));

/** Country, organisation, unit and name, as a packed attestation's certificate has to have them. */
const nameOf = (name: string) =>
  seq(
    text('550406', 'CH', 0x13),
    text('55040a', 'Maker'),
    text('55040b', 'Authenticator Attestation'),
    text('550403', name),
  );

/**
 * @param by who issues it; itself where nobody does.
 * @param more.ca whether it may issue others.
 * @param more.model AAGUID its extension says.
 * @param more.days from when until when it is valid, from now.
 * @param more.crl where it says that its revocation list is (RFC 5280 section 4.2.1.13).
 * @param more.publicKey of somebody else's key, instead of one made for it.
 * @param more.androidChallenge that a key was made for, as Android's key store says it (WebAuthn section 8.4.1).
 */
export function issue(
  name: string,
  by: Issued | undefined,
  more: {
    readonly ca?: boolean;
    readonly model?: string;
    readonly days?: readonly [number, number];
    readonly crl?: string;
    readonly publicKey?: KeyObject;
    readonly androidChallenge?: Uint8Array;
  } = {},
): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subjectKey = more.publicKey ?? publicKey;
  const [from, until] = more.days ?? [-1, 1];
  const extensions = [seq(oid('551d13'), TRUE, octets(more.ca ? seq(TRUE) : seq()))];
  if (more.model !== undefined) {
    const bytes = Buffer.from(more.model.replaceAll('-', ''), 'hex');
    extensions.push(seq(oid('2b0601040182e51c010104'), octets(octets(bytes))));
  }
  if (more.crl !== undefined) {
    const names = der(0xa0, der(0xa0, der(0x86, Buffer.from(more.crl))));
    extensions.push(seq(oid('551d1f'), octets(seq(seq(names)))));
  }
  if (more.androidChallenge) extensions.push(keyDescription(more.androidChallenge));
  const tbs = seq(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(by?.name ?? name),
    seq(utcTime(Date.now() + from * DAY), utcTime(Date.now() + until * DAY)),
    nameOf(name),
    subjectKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, seq(...extensions)),
  );
  const signature = sign('sha256', tbs, by?.key ?? privateKey);
  const raw = seq(tbs, ECDSA_WITH_SHA256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { key: privateKey, name, certificate: new X509Certificate(raw), raw };
}

/** Version 3, made in a trusted environment, for this challenge, and no more said of it. */
function keyDescription(challenge: Uint8Array): Buffer {
  const version = der(0x02, Buffer.of(3));
  const trusted = der(0x0a, Buffer.of(1));
  const said = [version, trusted, version, trusted, octets(Buffer.from(challenge)), octets(Buffer.alloc(0))];
  return seq(oid('2b06010401d679020111'), octets(seq(...said, seq(), seq())));
}
