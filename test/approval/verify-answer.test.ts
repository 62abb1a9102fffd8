import { p256 } from '@noble/curves/nist.js';
import canonicalize from 'canonicalize';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Challenge } from '../../src/approval/challenge.ts';
import { AnswerInvalid, parseAnswer, verifyAnswer } from '../../src/approval/verify-answer.ts';
import type { Device } from '../../src/devices/device.ts';
import { type AnswerInput, answerClaims, buildAnswer, parseAnswerClaims } from '../../src/protocol/answer.ts';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import type { DeviceSigner } from '../../src/protocol/device-key.ts';
import { JWS_TYPES, signCompact } from '../../src/protocol/jws.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import {
  ISSUER,
  SAMPLE_CONTEXT,
  sampleChallenge,
  sampleDevice,
  shownTo,
} from '../support/sample-challenge.ts';
import { webCryptoKey } from '../support/web-crypto-key.ts';

const NOW = 1_795_000_060_000;
const encode = (value: unknown) => encodeBase64url(new TextEncoder().encode(canonicalize(value)));

describe('verifyAnswer', () => {
  let key: DeviceSigner;
  let device: Device;
  let challenge: Challenge;

  before(async () => {
    key = nobleKey('ES256');
    device = await sampleDevice(key);
    challenge = sampleChallenge(device.id);
  });

  const input = (more: Partial<AnswerInput> = {}): AnswerInput => ({
    issuer: ISSUER,
    account: challenge.account,
    challenge: shownTo(challenge),
    decision: 'approve',
    seen: { number: challenge.number },
    iat: 1_795_000_050,
    ...more,
  });
  const verify = (jws: string, more: Partial<Parameters<typeof verifyAnswer>[0]> = {}) =>
    verifyAnswer({ answer: parseAnswer(jws), challenge, device, issuer: ISSUER, now: NOW, ...more });

  function refusal(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      if (error instanceof AnswerInvalid) return error.code;
      throw error;
    }
    return 'accepted';
  }

  /** Signs arbitrary claims and header members with the device's own key. */
  const sign = (claims: unknown, header: object = {}) =>
    signCompact({ typ: JWS_TYPES.response, kid: device.id, ...header }, claims, key);

  it('takes an approval with the number, or with the secret of the QR', async () => {
    const wanted = { decision: 'approve', numberMatches: true, userVerified: false };
    expect(verify(await buildAnswer(input(), device.id, key))).to.deep.equal(wanted);
    const byQr = await buildAnswer(input({ seen: { qr: challenge.qr } }), device.id, key);
    expect(verify(byQr)).to.deep.equal(wanted);
  });

  it('takes a deny and a report without a number', async () => {
    for (const decision of ['deny', 'report'] as const) {
      const jws = await buildAnswer(input({ decision }), device.id, key);
      expect(verify(jws)).to.deep.equal({ decision, numberMatches: false, userVerified: false });
    }
  });

  it('R1: says a wrong number or QR secret does not match, and does not throw', async () => {
    for (const seen of [
      { number: '482914' },
      { number: '48291' },
      { number: '0482913' },
      { qr: 'A'.repeat(22) },
    ]) {
      const jws = await buildAnswer(input({ seen }), device.id, key);
      expect(verify(jws)).to.deep.equal({ decision: 'approve', numberMatches: false, userVerified: false });
    }
  });

  it('R14, R15, R17: refuses an answer in which any one claim differs from the record', async () => {
    const good = await answerClaims(input());
    const flips: [string, object][] = [
      ['aud', { aud: `${ISSUER}/` }],
      ['sub', { sub: 'acct-bob' }],
      ['jti', { jti: `${'d'.repeat(43)}.${challenge.chain}` }],
      ['nonce', { nonce: 'MmMmMmMmMmMmMmMmMmMmMg' }],
      ['purpose', { purpose: 'factor-change' }],
      ['exp', { exp: good.exp + 1 }],
      ['ctx', { ctx: 'A'.repeat(43) }],
      ['claims', { ver: 2 }],
    ];
    for (const [code, flip] of flips) {
      const jws = await sign({ ...good, ...flip });
      expect(refusal(() => verify(jws))).to.equal(code);
    }
  });

  it('R14: refuses an answer to a context that is not the one the server has now', async () => {
    const jws = await buildAnswer(input(), device.id, key);
    const moved = { ...challenge, context: { ...SAMPLE_CONTEXT, place: 'Elsewhere' } };
    expect(refusal(() => verify(jws, { challenge: moved }))).to.equal('ctx');
  });

  it('R16: refuses a missing, unknown or doubled decision, and a number on a deny', async () => {
    const { decision: _, ...undecided } = await answerClaims(input());
    const approved = await answerClaims(input());
    const denied = await answerClaims(input({ decision: 'deny' }));
    const { number: __, ...numberless } = approved as typeof approved & { number: string };
    for (const claims of [
      undecided,
      { ...undecided, decision: 'yes' },
      { ...undecided, decision: '' },
      { ...undecided, decision: null },
      { ...undecided, decision: ['approve'] },
      { ...undecided, decision: 'Approve' },
      { ...denied, number: challenge.number },
      { ...denied, qr: challenge.qr },
      { ...approved, qr: challenge.qr },
      numberless,
      { ...approved, extra: 1 },
      [approved],
      null,
      'approve',
    ]) {
      const jws = await sign(claims);
      expect(
        refusal(() => verify(jws)),
        JSON.stringify(claims),
      ).to.equal('claims');
    }
    const header = encode({ alg: key.alg, typ: JWS_TYPES.response, kid: device.id });
    const doubled = JSON.stringify(denied).replace(
      '"decision":"deny"',
      '"decision":"deny","decision":"approve"',
    );
    const signed = `${header}.${encodeBase64url(new TextEncoder().encode(doubled))}`;
    const signature = await key.sign(new TextEncoder().encode(signed));
    expect(refusal(() => verify(`${signed}.${encodeBase64url(signature)}`))).to.equal('form');
  });

  it('F8: takes the number only as ASCII digits in a string', async () => {
    const good = await answerClaims(input());
    for (const number of [
      482913,
      ['482913'],
      { 0: '4' },
      '４８２９１３',
      '482 913',
      '+482913',
      '4.82913e5',
      '',
      null,
    ]) {
      const jws = await sign({ ...good, number });
      expect(
        refusal(() => verify(jws)),
        JSON.stringify(number),
      ).to.equal('claims');
    }
    const twelve = { ...challenge, number: '000012' };
    const jws = await sign({ ...good, number: '12' });
    expect(verify(jws, { challenge: twelve })).to.have.property('numberMatches', false);
  });

  it('R16: no two different messages have equal bytes, and the bytes read back as the same message', async () => {
    const hash = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    const common = {
      ver: fc.constant(1 as const),
      aud: fc.string({ minLength: 1, unit: 'grapheme' }),
      sub: fc.string({ minLength: 1, unit: 'grapheme' }),
      jti: fc.string({ minLength: 1, unit: 'grapheme' }),
      iat: fc.nat(),
      exp: fc.nat(),
      purpose: fc.constantFrom('sign-in' as const, 'step-up' as const, 'factor-change' as const),
      ctx: hash,
      nonce: fc.string({ minLength: 1, unit: 'grapheme' }),
    };
    const message = fc.oneof(
      fc.record({ ...common, decision: fc.constant('approve'), number: fc.stringMatching(/^[0-9]{1,10}$/) }),
      fc.record({
        ...common,
        decision: fc.constant('approve'),
        qr: fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      }),
      fc.record({ ...common, decision: fc.constantFrom('deny', 'report') }),
    );
    fc.assert(
      fc.property(message, message, (a, b) => {
        const [left, right] = [canonicalize(a), canonicalize(b)];
        expect(left === right).to.equal(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
        const read = parseAnswerClaims(JSON.parse(left as string));
        expect(read).to.deep.equal(a);
        expect(read.decision).to.equal(a.decision);
      }),
    );
  });

  it('R16: a changed byte anywhere never turns a deny into an approval', async () => {
    const jws = await buildAnswer(input({ decision: 'deny' }), device.id, key);
    fc.assert(
      fc.property(fc.nat(jws.length - 1), fc.constantFrom(...'AQgw-_.09az'), (at, c) => {
        fc.pre(jws[at] !== c);
        expect(refusal(() => verify(jws.slice(0, at) + c + jws.slice(at + 1)))).not.to.equal('accepted');
      }),
      { numRuns: 300 },
    );
  });

  it('R18: refuses every algorithm but the pinned one, whatever the header says', async () => {
    const claims = await answerClaims(input());
    for (const alg of ['none', 'HS256', 'RS256', 'ES384', 'ES256K', 'Ed25519']) {
      const jws = `${encode({ alg, typ: JWS_TYPES.response, kid: device.id })}.${encode(claims)}.${'A'.repeat(86)}`;
      expect(
        refusal(() => verify(jws)),
        alg,
      ).to.equal('form');
    }
    const other = nobleKey('EdDSA');
    const jws = await signCompact({ typ: JWS_TYPES.response, kid: device.id }, claims, other);
    expect(refusal(() => verify(jws))).to.equal('alg');
    expect(
      refusal(() =>
        verify(`${encode({ alg: 'ES256', typ: JWS_TYPES.response, kid: device.id })}.${encode(claims)}.`),
      ),
    ).to.equal('signature');
  });

  it('R18: refuses a header that brings a key, an address of one, or extensions', async () => {
    const claims = await answerClaims(input());
    for (const extra of [
      { jwk: key.jwk },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/cert' },
      { x5c: ['AA'] },
      { crit: ['b64'], b64: false },
      { zip: 'DEF' },
    ]) {
      const jws = await sign(claims, extra);
      expect(
        refusal(() => verify(jws)),
        Object.keys(extra)[0],
      ).to.equal('form');
    }
    const { typ, kid } = { typ: JWS_TYPES.proof, kid: `${device.id}x` };
    const [wrongTyp, wrongKid] = [await sign(claims, { typ }), await sign(claims, { kid })];
    expect(refusal(() => verify(wrongTyp))).to.equal('typ');
    expect(refusal(() => verify(wrongKid))).to.equal('kid');
  });

  it('R20: takes 1000 WebCrypto P-256 signatures, high s or low', async () => {
    const browser = await webCryptoKey('ES256');
    const on = await sampleDevice(browser);
    let high = 0;
    for (let i = 0; i < 1000; i++) {
      const jws = await buildAnswer(input({ iat: i }), on.id, browser);
      expect(verify(jws, { device: on })).to.have.property('numberMatches', true);
      if (p256.Signature.fromBytes(decodeBase64url(jws.split('.')[2] ?? '') as Uint8Array).hasHighS()) high++;
    }
    expect(high).to.be.within(400, 600);
  });

  it('R21, F3: takes the (r, n-s) twin, so a signature can be no replay id', async () => {
    const jws = await buildAnswer(input(), device.id, key);
    const [header, payload, signature = ''] = jws.split('.');
    const { r, s } = p256.Signature.fromBytes(decodeBase64url(signature) as Uint8Array);
    const twin = new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes();
    expect(verify(`${header}.${payload}.${encodeBase64url(twin)}`)).to.have.property('numberMatches', true);
  });

  it('R19: refuses r or s of zero or of the order, and signatures of another length or form', async () => {
    const jws = await buildAnswer(input(), device.id, key);
    const stem = jws.slice(0, jws.lastIndexOf('.') + 1);
    const good = decodeBase64url(jws.slice(stem.length)) as Uint8Array;
    const order = Buffer.from(p256.Point.Fn.ORDER.toString(16), 'hex');
    const bad = [
      new Uint8Array(64),
      Buffer.concat([Buffer.alloc(32), good.subarray(32)]),
      Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)]),
      Buffer.concat([order, good.subarray(32)]),
      Buffer.concat([good.subarray(0, 32), order]),
      good.subarray(0, 63),
      Buffer.concat([good, Buffer.alloc(1)]),
      p256.Signature.fromBytes(good).toBytes('der'),
    ];
    for (const signature of bad) {
      expect(refusal(() => verify(stem + encodeBase64url(signature)))).to.equal('signature');
    }
  });

  it('R22, F23: refuses a device of another account, and one that was not asked', async () => {
    const bobs = await sampleDevice(key, { id: 'acct-bob.BBBBBBBBBBBBBBBBBBBBBB' });
    const jws = await buildAnswer(input(), bobs.id, key);
    expect(refusal(() => verify(jws, { device: bobs }))).to.equal('account');
    const later = await sampleDevice(key, { id: 'acct-ada.CCCCCCCCCCCCCCCCCCCCCC' });
    const fromLater = await buildAnswer(input(), later.id, key);
    expect(refusal(() => verify(fromLater, { device: later }))).to.equal('device');
    const otherKey = nobleKey('ES256');
    const forged = await buildAnswer(input(), device.id, otherKey);
    expect(refusal(() => verify(forged))).to.equal('signature');
  });

  it('R23: refuses a device revoked since the request was sent', async () => {
    const jws = await buildAnswer(input(), device.id, key);
    expect(refusal(() => verify(jws, { device: { ...device, state: 'revoked' } }))).to.equal(
      'device-revoked',
    );
  });

  it('R4: refuses an answer at and after the end of the challenge, by the clock that is passed in', async () => {
    const jws = await buildAnswer(input(), device.id, key);
    expect(verify(jws, { now: challenge.expiresAt - 1 })).to.have.property('decision', 'approve');
    expect(refusal(() => verify(jws, { now: challenge.expiresAt }))).to.equal('expired');
  });

  it('R60 R47: takes user verification from a verified assertion of the device’s own credential, and from nothing else', async () => {
    const credential = {
      id: 'AAAA',
      publicKey: 'AAAA',
      counter: 0,
      transports: [],
      aaguid: '00000000-0000-0000-0000-000000000000',
      backupEligible: false,
      backedUp: false,
      createdAt: NOW,
    };
    const withCredential = { ...device, credential };
    const refused = { refused: 'assertion-counter', why: 'got 1 after 2' } as const;
    const approval = await buildAnswer(input(), device.id, key);
    const wrong = await buildAnswer(input({ seen: { number: '000000' } }), device.id, key);
    for (const [assertion, on, code] of [
      [undefined, withCredential, 'assertion-required'],
      [refused, withCredential, 'assertion-counter'],
      [refused, device, 'assertion-counter'],
      [{ verified: true }, device, 'assertion'],
    ] as const)
      for (const jws of [approval, wrong])
        expect(refusal(() => verify(jws, { device: on, assertion }))).to.equal(code);
    const verified = { device: withCredential, assertion: { verified: true } } as const;
    expect(verify(approval, verified)).to.deep.equal({
      decision: 'approve',
      numberMatches: true,
      userVerified: true,
    });
    expect(verify(wrong, verified)).to.include({ numberMatches: false });
    for (const assertion of [undefined, refused]) {
      const deny = await buildAnswer(input({ decision: 'deny' }), device.id, key);
      const said = verify(deny, { device: withCredential, assertion });
      expect(said).to.deep.equal({ decision: 'deny', numberMatches: false, userVerified: false });
    }
  });

  it('R3, R49: says nothing of the number in a refusal', async () => {
    const jws = await sign({ ...(await answerClaims(input())), nonce: challenge.number });
    try {
      verify(jws);
      expect.fail('accepted');
    } catch (error) {
      expect(String(error)).not.to.contain(challenge.number);
    }
  });
});

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
