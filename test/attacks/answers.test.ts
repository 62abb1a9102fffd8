import { createECDH, createHmac } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import canonicalize from 'canonicalize';
import { expect } from 'chai';
import { answerClaims, buildAnswer } from '../../src/protocol/answer.ts';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import type { DeviceSigner } from '../../src/protocol/device-key.ts';
import { JWS_TYPES, signCompact } from '../../src/protocol/jws.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { type DeviceServer, deviceServer } from '../support/device-server.ts';
import { shownTo } from '../support/sample-challenge.ts';

const encode = (value: unknown) => encodeBase64url(new TextEncoder().encode(canonicalize(value)));

describe('attacks: answers over the wire', () => {
  let server: DeviceServer;
  let on: { id: string; key: DeviceSigner };
  let other: { id: string; key: DeviceSigner };
  before(async () => {
    server = await deviceServer();
    on = await server.enrolled('ada', nobleKey('ES256'));
    other = await server.enrolled('bob', nobleKey('ES256'));
  });
  after(() => server.close());

  const newRequest = async () => {
    const made = await server.request('ada');
    const claims = await answerClaims({
      issuer: server.issuer,
      account: 'acct-ada',
      challenge: shownTo(made),
      decision: 'approve',
      seen: { number: made.number },
      iat: Math.floor(Date.now() / 1000),
    });
    return { made, claims };
  };
  type Made = Awaited<ReturnType<typeof newRequest>>['made'];

  const post = async (made: Made, body: string) => {
    const answer = await fetch(`${server.issuer}/device/v1/challenges/${made.id}/response`, {
      method: 'POST',
      headers: { 'content-type': 'application/jose' },
      body,
    });
    const { error, state } = (await answer.json()) as { error?: string; state?: string };
    return error ?? state;
  };
  const header = (more: object = {}) => ({ alg: 'ES256', typ: JWS_TYPES.response, kid: on.id, ...more });
  const sign = (claims: unknown, more: object = {}, key = on.key) =>
    signCompact({ typ: JWS_TYPES.response, kid: on.id, ...more }, claims, key);
  const expectUntouched = async (made: Made, what: string) => {
    const found = await server.approvals.find(made.chain);
    expect([found?.state, found?.challenge.wrong], what).to.deep.equal(['pending', 0]);
  };

  it('R18 R19: no algorithm but the pinned one, no key or address of a key in the header, whoever signed', async () => {
    const { made, claims } = await newRequest();
    const hmac = (alg: string, secret: string | Buffer, hash = 'sha256') => {
      const input = `${encode(header({ alg }))}.${encode(claims)}`;
      return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
    };
    const jwk = JSON.stringify(on.key.jwk);
    const mine = nobleKey('ES256');
    const eddsa = nobleKey('EdDSA');
    const unsigned = (more: object) => `${encode(header(more))}.${encode(claims)}.`;
    const attempts: Record<string, string> = {
      'none, no signature': unsigned({ alg: 'none' }),
      'NONE, no signature': unsigned({ alg: 'NONE' }),
      'no alg': `${encode({ typ: JWS_TYPES.response, kid: on.id })}.${encode(claims)}.`,
      'ES256, no signature': unsigned({}),
      'HS256 with the public key': hmac('HS256', jwk),
      'HS256 with the coordinates': hmac('HS256', Buffer.from(on.key.jwk.x, 'base64url')),
      'HS256 with nothing': hmac('HS256', ''),
      'HS512 with the public key': hmac('HS512', jwk, 'sha512'),
      'ES256 by HMAC': hmac('ES256', jwk),
      'ES256 by another key': await sign(claims, {}, mine),
      'EdDSA by another key': await sign(claims, {}, eddsa),
      RS256: `${encode(header({ alg: 'RS256' }))}.${encode(claims)}.${'A'.repeat(342)}`,
      'a key of its own in jwk': await sign(claims, { jwk: mine.jwk }, mine),
      'the right key in jwk': await sign(claims, { jwk: on.key.jwk }),
      jku: await sign(claims, { jku: 'https://evil.example/keys' }, mine),
      x5u: await sign(claims, { x5u: 'https://evil.example/cert' }, mine),
      'crit and b64': await sign(claims, { crit: ['b64'], b64: false }),
      'a proof': await sign(claims, { typ: JWS_TYPES.proof }),
      'kid as a path': await sign(claims, { kid: `../${on.id}` }),
      'kid of nobody': await sign(claims, { kid: 'acct-ada.nobody' }),
    };
    for (const [what, jws] of Object.entries(attempts)) {
      expect(await post(made, jws), what).to.be.oneOf(
        what.startsWith('kid') ? ['device_unknown', 'challenge_not_found'] : ['invalid_answer'],
      );
      await expectUntouched(made, what);
    }
    expect(await post(made, await sign(claims))).to.equal('approved');
  });

  it('R15 R22 F23: no claim other than what was shown, and no device of somebody else', async () => {
    const { made, claims } = await newRequest();
    const { made: second } = await newRequest();
    const flips: Record<string, object> = {
      aud: { aud: 'https://evil.example' },
      'sub of somebody else': { sub: 'acct-bob' },
      'another request': { jti: second.id },
      nonce: { nonce: second.nonce },
      purpose: { purpose: 'factor-change' },
      exp: { exp: claims.exp + 600 },
      ctx: { ctx: 'A'.repeat(43) },
      ver: { ver: 2 },
      'decision doubled in a list': { decision: ['deny', 'approve'] },
      more: { admin: true },
    };
    for (const [what, flip] of Object.entries(flips)) {
      expect(await post(made, await sign({ ...claims, ...flip })), what).to.equal('invalid_answer');
      await expectUntouched(made, what);
    }
    const bobs = await sign(claims, { kid: other.id }, other.key);
    expect(await post(made, bobs)).to.equal('challenge_not_found');
    const asAda = await sign(claims, { kid: on.id }, other.key);
    expect(await post(made, asAda)).to.equal('invalid_answer');
    await expectUntouched(made, 'another account');
  });

  it('R1 F8: a number missing, of another type or in other digits is no answer, and counts as no try', async () => {
    const { made, claims } = await newRequest();
    const { number: digits } = claims as unknown as { number: string };
    const wide = [...digits].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
    const arabic = [...digits].map((digit) => String.fromCodePoint(0x0660 + Number(digit))).join('');
    const { number: _, ...numberless } = claims as unknown as Record<string, unknown>;
    const odd: unknown[] = [
      wide,
      arabic,
      Number(digits),
      [digits],
      [...digits],
      { value: digits },
      `${digits.slice(0, 3)} ${digits.slice(3)}`,
      ` ${digits}`,
      `${digits}\n`,
      `+${digits}`,
      `${digits}.0`,
      `0x${Number(digits).toString(16)}`,
      '',
      null,
      true,
      `${digits}\u0000`,
    ];
    expect(await post(made, await sign(numberless)), 'missing').to.equal('invalid_answer');
    for (const number of odd) {
      expect(await post(made, await sign({ ...numberless, number })), JSON.stringify(number)).to.equal(
        'invalid_answer',
      );
      await expectUntouched(made, JSON.stringify(number));
    }
    expect(await post(made, await sign({ ...numberless, number: `0${digits}` })), 'a digit more').to.equal(
      'wrong_number',
    );
    expect(await post(made, await sign(claims))).to.equal('approved');
  });

  it('R21 F3: the answer sent again, and its twin with n - s, come too late', async () => {
    const { made, claims } = await newRequest();
    const jws = await sign(claims);
    expect(await post(made, jws)).to.equal('approved');
    const stem = jws.slice(0, jws.lastIndexOf('.') + 1);
    const { r, s } = p256.Signature.fromBytes(Buffer.from(jws.slice(stem.length), 'base64url'));
    const twin = stem + encodeBase64url(new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes());
    for (const again of [jws, twin, await buildAnswer({ ...replay(made), iat: 7 }, on.id, on.key)])
      expect(await post(made, again)).to.equal('challenge_decided');
  });

  const replay = (made: Made) =>
    ({
      issuer: server.issuer,
      account: 'acct-ada',
      challenge: shownTo(made),
      decision: 'approve',
      seen: { number: made.number },
    }) as const;

  it('R44 F10: a push address inside the network is refused when a device names it, and leaves what was', async () => {
    const { client } = await server.enrolled('ada');
    const p256dh = createECDH('prime256v1').generateKeys('base64url');
    const auth = 'A'.repeat(22);
    for (const endpoint of [
      'http://push.example.com/x',
      'https://127.0.0.1/x',
      'https://127.1/x',
      'https://0x7f.1/x',
      'https://0177.0.0.1/x',
      'https://2130706433/x',
      'https://169.254.169.254/latest/meta-data',
      'https://[::1]/x',
      'https://[::ffff:169.254.169.254]/x',
      'https://[::ffff:7f00:1]/x',
      'https://[fe80::1]/x',
      'https://localhost/x',
      'https://localhost./x',
      'https://push.example.com./x',
      'https://push.example.com.evil.example/x',
      'https://evilpush.example.com/x',
      'https://user@push.example.com/x',
      'https://push.example.com@evil.example/x',
      'https://push.example.com:22/x',
      'https://push.example.com:6379/x',
      'gopher://push.example.com/x',
      'file:///etc/passwd',
    ]) {
      const told = await client.updateSubscription({ endpoint, keys: { p256dh, auth } }).then(
        () => 'taken',
        ({ code }: { code: string }) => code,
      );
      expect(told, endpoint).to.equal('invalid_subscription');
    }
    const list = await server.devices.list('acct-ada');
    expect(list.filter(({ subscription }) => subscription)).to.deep.equal([]);
  });
});
