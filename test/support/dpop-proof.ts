import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An app's DPoP key (RFC 9449) and the proofs it signs. */
export interface DpopKey {
  /** RFC 7638 thumbprint: `dpop_jkt`, and `cnf.jkt` of the tokens. */
  readonly jkt: string;
  /** @param accessToken binds the proof to it by `ath`. */
  proof(method: string, url: string, accessToken?: string): Promise<string>;
}

export async function createDpopKey(): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    proof: (method, url, accessToken) =>
      new SignJWT({
        htm: method,
        htu: url,
        jti: randomBytes(16).toString('base64url'),
        ...(accessToken === undefined
          ? {}
          : { ath: createHash('sha256').update(accessToken).digest('base64url') }),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt(Math.floor(Date.now() / 1000))
        .sign(privateKey),
  };
}
