import { createPublicKey, type KeyObject } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { verifySignature } from '../src/devices/public-key.ts';
import { decodeBase64url } from '../src/protocol/base64url.ts';
import type { DeviceAlgorithm } from '../src/protocol/device-key.ts';
import { nobleKey } from '../src/terminal-device/noble-key.ts';
import type { Bench, BenchResult } from './support/result.ts';
import { short } from './support/result.ts';
import { median } from './support/stats.ts';

interface Vector {
  readonly input: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: KeyObject;
  readonly point: Uint8Array;
  readonly valid: boolean;
}

/** The size of a real answer's signing input. */
const INPUT_BYTES = 900;
const ALGORITHMS: readonly DeviceAlgorithm[] = ['ES256', 'EdDSA'];

/** The server's verifier beside the pure one, on the same signatures. */
export const verifying: Bench = {
  about:
    'One signature verified: node:crypto as the server does it, beside @noble/curves, both kinds of keys, same vectors.',
  async run({ quick, rounds }): Promise<BenchResult> {
    const [count, nodeTimes] = quick ? [10, 1] : [200, 10];
    const rows: (string | number)[][] = [];
    for (const alg of ALGORITHMS) {
      const vectors = await makeVectors(alg, count);
      const took = { node: [] as number[], noble: [] as number[] };
      let wrong = 0;
      for (let round = 0; round <= rounds; round++) {
        const node = time(vectors, (v) => verifySignature(v.key, alg, v.input, v.signature), nodeTimes);
        const noble = time(vectors, (v) => verifyByNoble(alg, v));
        wrong += node.wrong + noble.wrong;
        if (round > 0) {
          took.node.push(node.us);
          took.noble.push(noble.us);
        }
      }
      if (wrong > 0) throw new Error(`${alg}: ${wrong} verdicts were wrong`);
      const [node, noble] = [median(took.node), median(took.noble)];
      rows.push([alg, count, short(node), short(noble), short(noble / node)]);
    }
    return {
      columns: ['algorithm', 'vectors', 'node:crypto us', '@noble/curves us', 'times faster'],
      rows,
      targets: [],
      notes: [
        'Half of the vectors are forged in one bit; both verifiers said the right thing of every one, in every round.',
      ],
    };
  },
};

async function makeVectors(alg: DeviceAlgorithm, count: number): Promise<Vector[]> {
  const signer = nobleKey(alg);
  const key = createPublicKey({ key: { ...signer.jwk }, format: 'jwk' });
  const point = pointOf(signer.jwk);
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const input = new Uint8Array(INPUT_BYTES).map((__, at) => (at * 31 + i) & 0xff);
      const signature = Uint8Array.from(await signer.sign(input));
      const valid = i % 2 === 0;
      if (!valid) input[i % INPUT_BYTES]! ^= 1;
      return { input, signature, key, point, valid };
    }),
  );
}

function pointOf(jwk: { readonly x: string; readonly y?: string }): Uint8Array {
  const x = decodeBase64url(jwk.x)!;
  return jwk.y === undefined ? x : Uint8Array.of(4, ...x, ...decodeBase64url(jwk.y)!);
}

function verifyByNoble(alg: DeviceAlgorithm, { input, signature, point }: Vector): boolean {
  if (alg === 'EdDSA') return ed25519.verify(signature, input, point);
  return p256.verify(signature, input, point, { lowS: false });
}

function time(vectors: readonly Vector[], verify: (vector: Vector) => boolean, times = 1) {
  let wrong = 0;
  const from = performance.now();
  for (let i = 0; i < times; i++) for (const vector of vectors) if (verify(vector) !== vector.valid) wrong++;
  return { us: ((performance.now() - from) * 1000) / (vectors.length * times), wrong };
}
