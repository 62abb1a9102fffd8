/** Algorithms a device key may use: RFC 7518 section 3.4 and RFC 8037. */
export type DeviceAlgorithm = 'ES256' | 'EdDSA';

export type PublicDeviceJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
