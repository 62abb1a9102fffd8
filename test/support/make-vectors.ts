import { writeFile } from 'node:fs/promises';
import { p256 } from '@noble/curves/nist.js';
import { answerClaims } from '../../src/protocol/answer.ts';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { canonicalContext, contextHash, type SignedContext } from '../../src/protocol/context.ts';
import { type DeviceAlgorithm, thumbprintOf } from '../../src/protocol/device-key.ts';
import { fingerprint } from '../../src/protocol/fingerprint.ts';
import { JWS_TYPES, signCompact } from '../../src/protocol/jws.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { ISSUER, SAMPLE_CONTEXT, sampleChallenge, shownTo } from './sample-challenge.ts';

/**
 * Makes `test/vectors/device-protocol.json`, which another implementation can check itself against. Both signature
 * schemes are deterministic here (RFC 6979, RFC 8032), so running it again changes nothing:
 * `node test/support/make-vectors.ts`.
 */
export async function makeVectors() {
  const kid = 'acct-ada.AAAAAAAAAAAAAAAAAAAAAA';
  const challenge = sampleChallenge(kid);
  const contexts: SignedContext[] = [
    SAMPLE_CONTEXT,
    { ...SAMPLE_CONTEXT, place: null, purpose: 'step-up' },
    {
      ...SAMPLE_CONTEXT,
      purpose: 'factor-change',
      change: { act: 'add-device', name: 'Phone\u20ac\r', fingerprint: '7K3M-Q0ZD-9XWA-4T2B' },
    },
  ];
  const algorithms: DeviceAlgorithm[] = ['ES256', 'EdDSA'];
  const keys = [];
  const answers = [];
  for (const [i, alg] of algorithms.entries()) {
    const key = nobleKey(alg, encodeBase64url(new Uint8Array(32).fill(i + 1)));
    const thumbprint = await thumbprintOf(key.jwk);
    keys.push({ alg, secret: key.secret, jwk: key.jwk, thumbprint, fingerprint: fingerprint(thumbprint) });

    const base = { issuer: ISSUER, account: 'acct-ada', challenge: shownTo(challenge), iat: 1_795_000_050 };
    const approve = await answerClaims({ ...base, decision: 'approve', seen: { number: challenge.number } });
    const header = { typ: JWS_TYPES.response, kid };
    const add = async (name: string, verdict: string, claims: unknown, extra: object = {}) =>
      void answers.push({ name, alg, verdict, jws: await signCompact({ ...header, ...extra }, claims, key) });
    await add('approve with the number', 'approve', approve);
    await add(
      'approve with the QR secret',
      'approve',
      await answerClaims({ ...base, decision: 'approve', seen: { qr: challenge.qr } }),
    );
    await add('deny', 'deny', await answerClaims({ ...base, decision: 'deny' }));
    await add('report', 'report', await answerClaims({ ...base, decision: 'report' }));
    await add('approve with a wrong number', 'wrong number', { ...approve, number: '482914' });
    await add('no decision', 'claims', { ...approve, decision: undefined });
    await add('an unknown decision', 'claims', { ...approve, decision: 'yes' });
    await add('the number as a number', 'claims', { ...approve, number: 482913 });
    await add('another context', 'ctx', {
      ...approve,
      ctx: await contextHash({ ...SAMPLE_CONTEXT, place: 'Elsewhere' }),
    });
    await add('another purpose', 'purpose', { ...approve, purpose: 'factor-change' });
    await add('another issuer', 'aud', { ...approve, aud: 'https://other.example.com' });
    await add('another nonce', 'nonce', { ...approve, nonce: 'AAAAAAAAAAAAAAAAAAAAAA' });
    await add('a key in the header', 'form', approve, { jwk: key.jwk });
    await add('another type', 'typ', approve, { typ: JWS_TYPES.proof });

    const jws = await signCompact(header, approve, key);
    const stem = jws.slice(0, jws.lastIndexOf('.') + 1);
    const signature = decodeBase64url(jws.slice(stem.length)) as Uint8Array;
    answers.push({
      name: 'a changed signature',
      alg,
      verdict: 'signature',
      jws: stem + encodeBase64url(signature.map((b, at) => (at === 40 ? b ^ 1 : b))),
    });
    if (alg === 'ES256') {
      const { r, s } = p256.Signature.fromBytes(signature);
      const twin = new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes();
      answers.push({
        name: 'the (r, n-s) twin, which is valid',
        alg,
        verdict: 'approve',
        jws: stem + encodeBase64url(twin),
      });
    }
  }
  const hashed = [];
  for (const context of contexts)
    hashed.push({ context, canonical: canonicalContext(context), ctx: await contextHash(context) });
  const { account, purpose, number, qr, nonce } = challenge;
  const server = {
    issuer: ISSUER,
    account,
    kid,
    challenge: { ...shownTo(challenge), purpose, number, qr, nonce },
  };
  return { keys, contexts: hashed, server, answers };
}

if (import.meta.main) {
  const file = new URL('../vectors/device-protocol.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(await makeVectors(), null, 2)}\n`);
}
