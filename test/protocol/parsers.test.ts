import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import canonicalize from 'canonicalize';
import { expect } from 'chai';
import fc from 'fast-check';
import Koa from 'koa';
import { DeviceError } from '../../src/devices/device-error.ts';
import { verifyEnrolment } from '../../src/devices/verify-enrolment.ts';
import { verifyProof } from '../../src/devices/verify-proof.ts';
import { FormRefused, readForm } from '../../src/http/form-body.ts';
import { AnswerMalformed, buildAnswer, parseAnswerClaims } from '../../src/protocol/answer.ts';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { buildEnrolment, enrolmentClaimsSchema } from '../../src/protocol/enrolment.ts';
import { enrolmentLink, parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import {
  enrolmentHeaderSchema,
  JWS_TYPES,
  JwsMalformed,
  keyedHeaderSchema,
  parseCompact,
  signCompact,
} from '../../src/protocol/jws.ts';
import { pendingMessage } from '../../src/protocol/messages.ts';
import { buildProof, proofClaimsSchema } from '../../src/protocol/proof.ts';
import { JsonRefused, parseStrictJson } from '../../src/protocol/strict-json.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { ISSUER, sampleChallenge, shownTo } from '../support/sample-challenge.ts';

const RUNS = { numRuns: 400 };
const key = nobleKey('EdDSA');
const DEVICE = 'acct-ada.AAAAAAAAAAAAAAAAAAAAAA';
const SECONDS = 1_795_000_010;

/** Either it reads, or it throws the one error that callers know. */
function readsOr(error: new (...args: never[]) => Error, read: () => unknown): void {
  try {
    read();
  } catch (thrown) {
    if (!(thrown instanceof error)) throw thrown;
  }
}

/** Valid messages of each kind, and what becomes of them when a few characters are replaced, dropped or added. */
async function messages(): Promise<fc.Arbitrary<string>> {
  const valid = [
    await buildAnswer(
      {
        issuer: ISSUER,
        account: 'acct-ada',
        challenge: shownTo(sampleChallenge(DEVICE)),
        decision: 'approve',
        seen: { number: '482913' },
        iat: SECONDS,
      },
      DEVICE,
      key,
    ),
    await buildProof(
      { kid: DEVICE, method: 'POST', url: `${ISSUER}/device`, nonce: 'n', body: '{}', iat: SECONDS },
      key,
    ),
    await buildEnrolment(
      { issuer: ISSUER, ticket: { secret: 's'.repeat(43) }, name: 'Phone', kind: 'web', iat: SECONDS },
      key,
    ),
  ];
  const part = fc.oneof(
    fc.string(),
    fc.json().map((text) => encodeBase64url(new TextEncoder().encode(text))),
    fc.uint8Array().map(encodeBase64url),
  );
  const edit = fc.record({
    at: fc.nat(2000),
    cut: fc.nat(3),
    put: fc.string({ unit: 'binary', maxLength: 3 }),
  });
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.tuple(fc.constantFrom(...valid), fc.array(edit, { maxLength: 3 })).map(([jws, edits]) =>
      edits.reduce((text, { at, cut, put }) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + cut);
      }, jws),
    ),
    fc
      .tuple(fc.jsonValue(), fc.jsonValue())
      .map(([header, claims]) => `${[header, claims].map(json64).join('.')}.${'A'.repeat(86)}`),
    // A good header over any claims, so that what comes after it is reached.
    fc
      .tuple(fc.constantFrom(...valid), fc.jsonValue({ maxDepth: 5 }))
      .map(([jws, claims]) => `${jws.split('.')[0]}.${json64(claims)}.${'A'.repeat(86)}`),
  );
}

const json64 = (value: unknown) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));

describe('protocol/parsers', () => {
  let message: fc.Arbitrary<string>;
  before(async () => {
    message = await messages();
  });

  it('F8 F9: a compact JWS reads, or it is JwsMalformed', () => {
    fc.assert(
      fc.property(message, (text) => {
        readsOr(JwsMalformed, () => parseCompact(text, keyedHeaderSchema));
        readsOr(JwsMalformed, () => parseCompact(text, enrolmentHeaderSchema));
      }),
      RUNS,
    );
  });

  it('F8 F9: JSON reads, or it is JsonRefused, however deep, doubled or broken', () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 12 }),
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, put]) => {
        const from = at % (json.length + 1);
        return json.slice(0, from) + put + json.slice(from);
      }),
      fc
        .tuple(fc.constantFrom('[', '{"a":', '[{"a":['), fc.nat(200_000))
        .map(([one, n]) => one.repeat(n / 4)),
    );
    fc.assert(
      fc.property(text, (json) => readsOr(JsonRefused, () => parseStrictJson(json))),
      RUNS,
    );
  });

  it('R16 F8: claims of any shape are an answer, or AnswerMalformed', () => {
    const claims = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom('ver', 'aud', 'decision', 'number', 'qr', 'iat', '__proto__'), fc.anything())
        .map(([name, value]) => ({
          ...{ ver: 1, aud: ISSUER, sub: 'a', jti: 'j', iat: 1, exp: 2, purpose: 'sign-in', nonce: 'n' },
          ...{ ctx: 'c'.repeat(43), decision: 'approve', number: '123' },
          [name]: value,
        })),
    );
    fc.assert(
      fc.property(claims, (value) => {
        readsOr(AnswerMalformed, () => {
          expect(parseAnswerClaims(value).decision).to.be.oneOf(['approve', 'deny', 'report']);
        });
      }),
      RUNS,
    );
  });

  it('R18 F8: a proof or an enrolment made of anything is refused with a documented error', async () => {
    const on = {
      store: { put: () => expect.fail('nothing is spent for a message that is not signed') } as never,
      nonces: { isFresh: async () => true } as never,
      findDevice: async () => undefined,
      now: () => SECONDS * 1000,
    };
    await fc.assert(
      fc.asyncProperty(message, async (jws) => {
        readsOr(DeviceError, () => verifyEnrolment(jws, ISSUER));
        await verifyProof({ jws, method: 'POST', url: `${ISSUER}/device`, body: '{}' }, on).then(
          () => expect.fail('nobody has this device'),
          (error) => expect(error).to.be.instanceOf(DeviceError),
        );
      }),
      RUNS,
    );
  });

  it('F8: any text is an enrolment link with an http issuer, or it is none', () => {
    const link = enrolmentLink('https://auth.example.com/enrol', { issuer: ISSUER, secret: 's' });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true }),
      fc
        .tuple(fc.nat(link.length), fc.nat(5), fc.string({ unit: 'binary', maxLength: 4 }))
        .map(([at, cut, put]) => link.slice(0, at) + put + link.slice(at + cut)),
      fc
        .tuple(fc.string(), fc.string())
        .map(([issuer, secret]) => `https://a.example/#${new URLSearchParams({ issuer, secret })}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const read = parseEnrolmentLink(given);
        if (read === undefined) return;
        expect(new URL(read.issuer).protocol).to.match(/^https?:$/);
        expect(read.secret).not.to.equal('');
      }),
      RUNS,
    );
  });

  describe('a form', () => {
    const app = new Koa();
    app.use(async (ctx) => {
      try {
        ctx.body = Object.fromEntries(await readForm(ctx, ISSUER));
      } catch (error) {
        ctx.status = error instanceof FormRefused ? error.status : 500;
        ctx.body = { refused: String(error) };
      }
    });
    const server = app.listen(0, '127.0.0.1');
    before(async () => {
      if (!server.listening) await once(server, 'listening');
    });
    after(() => void server.close());

    it('F8 F9: of any bytes and any coding is read, or refused as FormRefused', async () => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const body = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(40_000).map((n) => new Uint8Array(n).fill(0x61)),
        fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
        fc
          .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '%', '%00'), fc.string()))
          .map((fields) => new TextEncoder().encode(fields.map((field) => field.join('=')).join('&'))),
      );
      const headers = fc.record({
        type: fc.constantFrom(
          'application/x-www-form-urlencoded',
          'application/x-www-form-urlencoded; charset=utf-16',
          'application/x-www-form-urlencoded; charset=nonsense',
          'application/json',
          'multipart/form-data; boundary=x',
          ';',
        ),
        coding: fc.constantFrom('identity', 'identity', 'gzip', 'deflate', 'br', 'nonsense'),
        site: fc.constantFrom('same-origin', 'same-origin', 'cross-site', ''),
      });
      await fc.assert(
        fc.asyncProperty(body, headers, async (bytes, { type, coding, site }) => {
          const answer = await fetch(url, {
            method: 'POST',
            headers: {
              'content-type': type,
              'content-encoding': coding,
              'sec-fetch-site': site,
              origin: ISSUER,
            },
            body: bytes as Uint8Array<ArrayBuffer>,
          });
          const text = await answer.text();
          expect(answer.status, text).to.be.oneOf([200, 400, 403, 413, 415]);
          if (answer.status !== 200) return;
          for (const value of Object.values(JSON.parse(text) as object)) expect(value).to.be.a('string');
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('bytes that are signed', () => {
    const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
    const jti = fc.stringMatching(/^[A-Za-z0-9_-]{16}$/);
    const hash = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    const optional = { requiredKeys: ['htm', 'htu', 'jti', 'iat'] as ('htm' | 'htu' | 'jti' | 'iat')[] };
    const proof = fc.record(
      {
        htm: fc.stringMatching(/^[A-Z]{3,7}$/),
        htu: fc.oneof(text, fc.webUrl()),
        jti,
        iat: fc.nat(),
        nonce: text,
        bsh: hash,
        step: fc.constantFrom('delivered', 'opened'),
      },
      optional,
    );
    const common = {
      aud: text,
      name: fc.stringMatching(/^[A-Za-z0-9 ]{0,10}[a-z]$/),
      kind: fc.constantFrom('web', 'terminal', 'native'),
      iat: fc.nat(),
      jti,
    };
    const enrolment = fc.oneof(
      fc.record({ ...common, secret: hash }),
      fc.record({ ...common, code: fc.stringMatching(/^[0-9A-Z]{8}$/), user_name: text }),
      fc.record({
        ...common,
        secret: hash,
        subscription: fc.dictionary(
          fc.stringMatching(/^[a-z]{1,4}$/),
          fc.dictionary(fc.stringMatching(/^[a-z]{0,2}$/), text),
          {
            maxKeys: 3,
          },
        ),
      }),
    );
    const kinds = fc.oneof(
      proof.map((claims) => ({ typ: JWS_TYPES.proof, kid: DEVICE, claims: claims as object })),
      enrolment.map((claims) => ({ typ: JWS_TYPES.enrolment, jwk: key.jwk, claims: claims as object })),
    );

    const bytesOf = async ({ claims, ...header }: { typ: string; claims: object }) => {
      const jws = await signCompact(header, claims, { ...key, sign: () => new Uint8Array(64) });
      return jws.slice(0, jws.lastIndexOf('.'));
    };

    /** Two messages that are mostly the same one, or nearly. */
    const pair = fc
      .tuple(kinds, kinds, fc.nat(), fc.constantFrom('same', 'near', 'any'))
      .map(([a, b, n, how]) => {
        if (how === 'any') return [a, b] as const;
        const reversed = { ...a, claims: Object.fromEntries(Object.entries(a.claims).reverse()) };
        if (how === 'same') return [a, reversed] as const;
        const [name, value] = Object.entries(b.claims)[n % Object.keys(b.claims).length]!;
        return [a, { ...a, claims: { ...a.claims, [name]: value } }] as const;
      });

    it('R16: are equal for equal proofs and enrolments only, and read back as what was meant', async () => {
      await fc.assert(
        fc.asyncProperty(pair, async ([a, b]) => {
          const [left, right] = [await bytesOf(a), await bytesOf(b)];
          expect(left === right).to.equal(
            a.typ === b.typ &&
              canonicalize(a.claims) === canonicalize(b.claims) &&
              sameMembers(a.claims, b.claims),
          );
          const isProof = a.typ === JWS_TYPES.proof;
          const read = parseCompact(`${left}.AAAA`, isProof ? keyedHeaderSchema : enrolmentHeaderSchema);
          expect(read.header.typ).to.equal(a.typ);
          const schema = isProof ? proofClaimsSchema : enrolmentClaimsSchema;
          expect(canonicalize(schema.parse(read.claims))).to.equal(canonicalize(a.claims));
        }),
        RUNS,
      );
    });
  });

  it('R12 R14: a request with a member this version does not know is not shown, and hides no other one', () => {
    const shown = { ...shownTo(sampleChallenge(DEVICE)), digits: 6, state: 'pending' };
    const newer = { ...shown, id: 'newer', context: { ...shown.context, amount: '100 CHF' } };
    const read = pendingMessage.parse({ v: 'v', challenges: [newer, shown, 7], server_time: SECONDS });
    expect(read.challenges.map(({ id }) => id)).to.deep.equal([shown.id]);
    expect(read.unreadable).to.equal(2);
    const plain = pendingMessage.parse({ v: 'v', challenges: [shown], server_time: SECONDS });
    expect(plain).not.to.have.property('unreadable');
    expect(() => pendingMessage.parse({ v: 'v', challenges: {}, server_time: SECONDS })).to.throw();
  });
});

/** Compared without the canonical form, which is what is under test. */
function sameMembers(a: object, b: object): boolean {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
            .sort(([left], [right]) => (left < right ? -1 : 1))
            .map(([name, one]) => [name, sorted(one)])
        : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
