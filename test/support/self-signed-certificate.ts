import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { der, octets, oid, pem, seq, utcTime } from './der.ts';

/**
 * A self-signed certificate for servers in tests. Node can sign but not write X.509, and `openssl` is not on every
 * machine the tests run on, so the few structures needed (RFC 5280) are written here in DER.
 */

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  /** PEM; give it to clients as their `ca`. */
  readonly cert: string;
}

/** @param names host names and IPv4 addresses, valid from an hour ago for a day. */
export function selfSignedCertificate(names: readonly string[]): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = seq(oid('2a8648ce3d040302'));
  const name = seq(der(0x31, seq(oid('550403'), der(0x0c, Buffer.from(names[0] ?? 'localhost')))));
  const validity = seq(utcTime(Date.now() - 3_600_000), utcTime(Date.now() + 86_400_000));
  const basicConstraints = seq(
    oid('551d13'),
    der(0x01, Buffer.of(0xff)),
    octets(seq(der(0x01, Buffer.of(0xff)))),
  );
  const subjectAltName = seq(oid('551d11'), octets(seq(...names.map(generalName))));
  const tbs = seq(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, seq(basicConstraints, subjectAltName)),
  );
  const signature = sign('sha256', tbs, privateKey);
  const certificate = seq(tbs, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
}

function generalName(name: string): Buffer {
  return isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
}
