import type { DeviceAlgorithm, DeviceSigner, PublicDeviceJwk } from '../../protocol/device-key.ts';

/** A key pair whose private half this browser will not give out again, not even to us. */
export interface MadeKey {
  readonly alg: DeviceAlgorithm;
  readonly jwk: PublicDeviceJwk;
  readonly key: CryptoKey;
}

const ED25519 = { name: 'Ed25519' };
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** Ed25519 where the browser has it, else P-256. @throws what WebCrypto throws when it has neither. */
export async function makeKey(): Promise<MadeKey> {
  const { subtle } = crypto;
  const pair = await (subtle.generateKey(ED25519, false, ['sign', 'verify']) as Promise<CryptoKeyPair>).catch(
    () => subtle.generateKey(P256, false, ['sign', 'verify']),
  );
  const { kty, crv, x = '', y = '' } = await subtle.exportKey('jwk', pair.publicKey);
  const isEd25519 = kty === 'OKP' && crv === 'Ed25519';
  return {
    alg: isEd25519 ? 'EdDSA' : 'ES256',
    jwk: isEd25519 ? { kty: 'OKP', crv: 'Ed25519', x } : { kty: 'EC', crv: 'P-256', x, y },
    key: pair.privateKey,
  };
}

/** WebCrypto's ECDSA signature is r and s already, as JWS wants it. */
export function signerOf({ alg, jwk, key }: MadeKey): DeviceSigner {
  const algorithm = alg === 'EdDSA' ? ED25519 : { name: 'ECDSA', hash: 'SHA-256' };
  return {
    alg,
    jwk,
    sign: async (input) =>
      new Uint8Array(await crypto.subtle.sign(algorithm, key, input as Uint8Array<ArrayBuffer>)),
  };
}
