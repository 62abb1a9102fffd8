import type { DeviceAlgorithm, DeviceSigner, PublicDeviceJwk } from '../../src/protocol/device-key.ts';

/** A non-extractable WebCrypto key, as the PWA has it. */
export async function webCryptoKey(alg: DeviceAlgorithm): Promise<DeviceSigner> {
  const { subtle } = globalThis.crypto;
  const name = alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  const pair = (await subtle.generateKey(name, false, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, crv, x, y } = await subtle.exportKey('jwk', pair.publicKey);
  const jwk = (alg === 'ES256' ? { kty, crv, x, y } : { kty, crv, x }) as PublicDeviceJwk;
  const how = alg === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
  return {
    alg,
    jwk,
    sign: async (input) =>
      new Uint8Array(await subtle.sign(how, pair.privateKey, input as Uint8Array<ArrayBuffer>)),
  };
}

type CryptoKeyPair = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
type CryptoKey = Parameters<typeof globalThis.crypto.subtle.exportKey>[1];
