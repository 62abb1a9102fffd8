import { expect } from 'chai';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import { buildAnswer } from '../../src/protocol/answer.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import type { DeviceSigner } from '../../src/protocol/device-key.ts';
import { buildProof, type ProofInput } from '../../src/protocol/proof.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { AUTHENTICATOR, type DeviceServer, deviceServer } from '../support/device-server.ts';
import { shownTo } from '../support/sample-challenge.ts';
import { webCryptoKey } from '../support/web-crypto-key.ts';

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof DeviceApiError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('devices/device-routes', () => {
  let server: DeviceServer;
  before(async () => {
    server = await deviceServer();
  });
  after(() => server.close());

  async function nonce(): Promise<string> {
    return (await fetch(`${server.issuer}/device/v1/device`)).headers.get('dpop-nonce') as string;
  }
  async function proof(
    on: { id: string; key: DeviceSigner },
    more: Partial<ProofInput> = {},
  ): Promise<string> {
    const url = `${server.issuer}/device/v1/device`;
    const iat = Math.floor(Date.now() / 1000);
    return buildProof({ kid: on.id, method: 'GET', url, nonce: await nonce(), iat, ...more }, on.key);
  }
  async function get(dpop: string): Promise<string> {
    const response = await fetch(`${server.issuer}/device/v1/device`, { headers: { dpop } });
    return response.ok ? 'ok' : ((await response.json()) as { error: string }).error;
  }

  it('enrols, lists, shows, answers and removes, with WebCrypto and noble keys of both kinds', async () => {
    for (const key of [
      await webCryptoKey('ES256'),
      await webCryptoKey('EdDSA'),
      nobleKey('ES256'),
      nobleKey('EdDSA'),
    ]) {
      const { client, id } = await server.enrolled('ada', key);
      const made = await server.request('ada');
      const { challenges } = await client.pending();
      expect(challenges.map((c) => c.id)).to.deep.equal([made.id]);
      const shown = await client.challenge(made.id);
      expect(shown.context).to.deep.equal(made.context);
      await client.receipt(made.id, 'opened');
      expect(await client.answer(shown, 'approve', { number: made.number })).to.deep.equal({
        state: 'approved',
      });
      expect(await codeOf(client.answer(shown, 'approve', { number: made.number }))).to.equal(
        'challenge_decided',
      );
      await client.rename('New name');
      expect((await client.status()).device).to.include({ id, name: 'New name', state: 'active' });
      await client.remove();
      expect(await codeOf(client.status())).to.equal('device_revoked');
    }
  });

  it('R3: tells a device neither number nor QR secret, in no answer', async () => {
    const { client } = await server.enrolled('bob');
    const made = await server.request('bob');
    const said = JSON.stringify([
      await client.pending(),
      await client.challenge(made.id),
      await client.status(),
    ]);
    expect(said).not.to.contain(made.number);
    expect(said).not.to.contain(made.qr);
    await client.answer(made as never as Parameters<typeof client.answer>[0], 'deny').catch(() => {});
  });

  it('R1, F6: counts wrong numbers, and the third is the end', async () => {
    const { client } = await server.enrolled('ada');
    const made = await server.request('ada');
    const shown = await client.challenge(made.id);
    const wrong = { number: made.number === '000000' ? '000001' : '000000' };
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push(await codeOf(client.answer(shown, 'approve', wrong)));
    expect(codes).to.deep.equal(['wrong_number', 'wrong_number', 'challenge_failed']);
    expect(await codeOf(client.answer(shown, 'approve', { number: made.number }))).to.equal(
      'challenge_failed',
    );
    await client.remove();
  });

  it('R22, F23: refuses the answer of another account’s device, and does not show it the request', async () => {
    const ada = await server.enrolled('ada');
    const bob = await server.enrolled('bob');
    const made = await server.request('ada');
    expect(await codeOf(bob.client.challenge(made.id))).to.equal('challenge_not_found');
    expect(
      await codeOf(
        bob.client.answer(await ada.client.challenge(made.id), 'approve', { number: made.number }),
      ),
    ).to.equal('challenge_not_found');
    expect(await codeOf(bob.client.receipt(made.id, 'opened'))).to.equal('challenge_not_found');
    expect((await bob.client.pending()).challenges.map((c) => c.id)).not.to.include(made.id);
    expect((await server.approvals.find(made.chain))?.state).to.equal('pending');
    await ada.client.remove();
  });

  it('R23: refuses a device revoked between the request and its answer, also in a parked poll', async () => {
    const { client, id } = await server.enrolled('ada');
    const made = await server.request('ada');
    const shown = await client.challenge(made.id);
    const { v } = await client.pending();
    const parked = codeOf(client.pending({ wait: 20, v }));
    while (server.hub.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.devices.revoke('acct-ada', id);
    expect(await parked).to.equal('device_revoked');
    expect(await codeOf(client.answer(shown, 'approve', { number: made.number }))).to.equal('device_revoked');
    expect((await server.approvals.find(made.chain))?.state).to.equal('pending');
  });

  it('holds a poll until a request comes in', async () => {
    const { client } = await server.enrolled('bob');
    const { v } = await client.pending();
    const parked = client.pending({ wait: 20, v });
    while (server.hub.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const made = await server.request('bob');
    expect((await parked).challenges.map((c) => c.id)).to.include(made.id);
  });

  it('R18: takes a proof once, for its method, address, body and nonce, by the pinned key', async () => {
    const on = await server.enrolled('ada');
    const good = await proof(on);
    expect(await get(good)).to.equal('ok');
    expect(await get(good)).to.equal('proof_replayed');
    expect(await get('')).to.equal('invalid_proof');
    expect(await get(await proof(on, { method: 'POST' }))).to.equal('invalid_proof');
    expect(await get(await proof(on, { url: `${server.issuer}/device/v1/challenges` }))).to.equal(
      'invalid_proof',
    );
    expect(await get(await proof(on, { url: 'https://evil.example/device/v1/device' }))).to.equal(
      'invalid_proof',
    );
    expect(await get(await proof(on, { body: '{}' }))).to.equal('invalid_proof');
    expect(await get(await proof(on, { nonce: undefined }))).to.equal('use_dpop_nonce');
    expect(await get(await proof(on, { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }))).to.equal('use_dpop_nonce');
    expect(await get(await proof(on, { iat: Math.floor(Date.now() / 1000) - 301 }))).to.equal('clock_skew');
    expect(await get(await proof({ id: on.id, key: nobleKey('EdDSA') }))).to.equal('invalid_proof');
    expect(await get(await proof({ id: on.id, key: nobleKey('ES256') }))).to.equal('invalid_proof');
    expect(await get(await proof({ id: `${on.id}x`, key: on.key }))).to.equal('device_unknown');
    await on.client.remove();
  });

  it('goes on with a device clock that is an hour wrong', async () => {
    const on = await server.enrolled('ada');
    const late = createDeviceClient({
      issuer: server.issuer,
      fetch,
      key: on.key,
      kid: on.id,
      now: () => Date.now() - 3_600_000,
    });
    expect((await late.status()).device.id).to.equal(on.id);
    await on.client.remove();
  });

  it('refuses a body that is not the one signed', async () => {
    const on = await server.enrolled('ada');
    const url = `${server.issuer}/device/v1/device`;
    const dpop = await proof(on, { method: 'PATCH', url, body: '{"name":"mine"}' });
    const headers = { dpop, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'PATCH', headers, body: '{"name":"evil"}' });
    expect(response.status).to.equal(401);
    await on.client.remove();
  });

  it('F8: refuses strange JSON with 400, large bodies with 413, other types with 415', async () => {
    const on = await server.enrolled('ada');
    const url = `${server.issuer}/device/v1/device`;
    const patch = async (body: string, type = 'application/json') => {
      const dpop = await proof(on, { method: 'PATCH', url, body });
      return (await fetch(url, { method: 'PATCH', headers: { dpop, 'content-type': type }, body })).status;
    };
    for (const body of [
      '{"name":"a","name":"b"}',
      '{"__proto__":{"name":"a"},"name":"b"}',
      '[{"name":"a"}]',
      '{"name":["a"]}',
      '{"name":NaN}',
      '{"name":"a","more":1}',
      '{"name":"\\u0000"}',
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '',
    ]) {
      expect(await patch(body), body.slice(0, 30)).to.equal(400);
    }
    expect(await patch(`{"name":"${'a'.repeat(17_000)}"}`)).to.equal(413);
    expect(await patch('name=a', 'application/x-www-form-urlencoded')).to.equal(415);
    await on.client.remove();
  });

  it('F9: refuses doubled parameters and a form in the place of a signed answer', async () => {
    const on = await server.enrolled('ada');
    const url = `${server.issuer}/device/v1/challenges`;
    const dpop = await proof(on, { url });
    expect((await fetch(`${url}?v=a&v=b`, { headers: { dpop } })).status).to.equal(400);
    expect((await fetch(`${url}?wait=1e3`, { headers: { dpop } })).status).to.equal(400);
    const made = await server.request('ada');
    const answer = `${url}/${made.id}/response`;
    for (const [type, status] of [
      ['application/x-www-form-urlencoded', 415],
      ['application/jose', 400],
    ] as const) {
      const body = 'decision=deny&decision=approve';
      expect(
        (await fetch(answer, { method: 'POST', headers: { 'content-type': type }, body })).status,
      ).to.equal(status);
    }
    await on.client.remove();
  });

  it('R21, F3: one of 50 equal answers counts', async () => {
    const on = await server.enrolled('ada');
    const made = await server.request('ada');
    const input = {
      issuer: server.issuer,
      account: 'acct-ada',
      challenge: shownTo(made),
      decision: 'approve',
      iat: 1,
    } as const;
    const body = await buildAnswer({ ...input, seen: { number: made.number } }, on.id, on.key);
    const url = `${server.issuer}/device/v1/challenges/${made.id}/response`;
    const headers = { 'content-type': 'application/jose' };
    const all = await Promise.all(
      Array.from({ length: 50 }, () => fetch(url, { method: 'POST', headers, body })),
    );
    expect(all.filter((r) => r.status === 200)).to.have.length(1);
    expect(all.filter((r) => r.status === 409)).to.have.length(49);
    await on.client.remove();
  });

  it('gives a nonce to whoever asks, so that a browser’s first call is no error', async () => {
    const answer = await fetch(`${server.issuer}/device/v1/nonce`);
    expect(answer.status).to.equal(204);
    expect(answer.headers.get('dpop-nonce')).to.match(/^[\w-]{20,}/);
    const statuses: number[] = [];
    let clock = Date.now();
    const watched: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      statuses.push(response.status);
      return response;
    };
    const { id, key } = await server.enrolled('ada');
    const options = { issuer: server.issuer, key, kid: id, fetch: watched, now: () => clock };
    const client = createDeviceClient({ ...options, nonceFirst: true });
    await Promise.all([client.status(), client.pending()]);
    expect(statuses).to.deep.equal([204, 200, 200]);
    clock += 4 * 60_000;
    await client.status();
    expect(statuses.slice(3)).to.deep.equal([204, 200]);
    await createDeviceClient(options).status();
    expect(statuses.slice(5)).to.deep.equal([401, 200]);
  });

  it('answers CORS to the authenticator alone, without credentials', async () => {
    const url = `${server.issuer}/device/v1/challenges`;
    for (const [origin, allowed] of [
      [AUTHENTICATOR, AUTHENTICATOR],
      ['https://evil.example', null],
    ] as const) {
      for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await fetch(url, { method, headers: { origin } });
        expect(headers.get('access-control-allow-origin')).to.equal(allowed);
        expect(headers.get('access-control-allow-credentials')).to.equal(null);
        expect(headers.get('vary')).to.match(/origin/i);
        expect(headers.get('set-cookie')).to.equal(null);
        if (allowed) expect(headers.get('access-control-expose-headers')).to.contain('DPoP-Nonce');
      }
    }
  });

  it('answers in one form for errors, unknown addresses and other methods', async () => {
    for (const [method, path, status, error] of [
      ['GET', '/nothing/here', 404, 'not_found'],
      ['PUT', '/device', 405, 'method_not_allowed'],
      ['GET', '/enrolments', 405, 'method_not_allowed'],
    ] as const) {
      const response = await fetch(`${server.issuer}/device/v1${path}`, { method });
      const body = (await response.json()) as Record<string, unknown>;
      expect([response.status, body['error'], body['request_id']]).to.deep.equal([status, error, 'req-1']);
      expect(body['error_description']).to.be.a('string');
    }
  });

  it('R26: one of ten devices gets the link, R27: and can do nothing before the page confirms it', async () => {
    const enrolment = await server.enrolments.open({
      account: 'acct-bob',
      userName: 'bob',
      approval: 'none',
    });
    const racers = Array.from({ length: 10 }, () =>
      createDeviceClient({ issuer: server.issuer, fetch, key: nobleKey('EdDSA') }),
    );
    const ticket = { secret: linkSecret(enrolment) };
    const codes = await Promise.all(
      racers.map((r) => codeOf(r.enrol({ ticket, name: 'Mine', kind: 'terminal' }))),
    );
    expect(codes.filter((c) => c === 'ok')).to.have.length(1);
    expect(codes.filter((c) => c === 'enrolment_used')).to.have.length(9);
    const winner = racers[codes.indexOf('ok')]!;
    expect((await winner.status()).device.state).to.equal('pending');
    expect(await codeOf(winner.pending())).to.equal('device_pending');
    const seen = await server.enrolments.find('acct-bob', enrolment.id);
    expect(seen?.device?.name).to.equal('Mine');
    expect(await server.enrolments.confirm('acct-bob', enrolment.id, 'A'.repeat(43))).to.equal(
      'other-device',
    );
    const waiting = winner.status({ wait: 20 });
    await server.enrolments.confirm('acct-bob', enrolment.id, seen?.device?.thumbprint ?? '');
    expect((await waiting).device.state).to.equal('active');
    await winner.remove();
  });

  it('R26: bounds guesses of a typed code, alike for names that exist and names that do not', async () => {
    const client = createDeviceClient({ issuer: server.issuer, fetch, key: nobleKey('EdDSA') });
    for (const user_name of ['ada', 'nobody']) {
      const codes: string[] = [];
      for (let i = 0; i < 11; i++) {
        codes.push(
          await codeOf(client.enrol({ ticket: { code: '00000000', user_name }, name: 'x', kind: 'native' })),
        );
      }
      expect(codes).to.deep.equal([...Array(10).fill('enrolment_not_found'), 'too_many_requests']);
    }
  });

  it('R9 R26: every spelling that leads to one account has the same tries', async () => {
    const client = createDeviceClient({ issuer: server.issuer, fetch, key: nobleKey('EdDSA') });
    // Variation selectors, which a domain name drops, and another full stop.
    const selectors = Array.from({ length: 10 }, (_, n) => String.fromCharCode(0xfe00 + n));
    const spellings = ['EVE@example\u3002com', ...selectors.map((sign) => `eve@exa${sign}mple.com`)];
    const codes: string[] = [];
    for (const user_name of spellings) {
      codes.push(
        await codeOf(client.enrol({ ticket: { code: '00000000', user_name }, name: 'x', kind: 'native' })),
      );
    }
    expect(codes).to.deep.equal([...Array(10).fill('enrolment_not_found'), 'too_many_requests']);
  });

  it('R24: binds nothing without an old device’s approval where one is needed', async () => {
    const key = nobleKey('ES256');
    const client = createDeviceClient({ issuer: server.issuer, fetch, key });
    const enrolment = await server.enrolments.open({
      account: 'acct-bob',
      userName: 'bob',
      approval: 'old-device',
    });
    await client.enrol({ ticket: { secret: linkSecret(enrolment) }, name: 'New', kind: 'native' });
    const thumbprint = (await server.enrolments.find('acct-bob', enrolment.id))?.device?.thumbprint ?? '';
    expect(await server.enrolments.confirm('acct-bob', enrolment.id, thumbprint)).to.equal('approval-needed');
    expect(await server.enrolments.find('acct-ada', enrolment.id)).to.equal(undefined);
    expect((await client.status()).device.state).to.equal('pending');
    expect(await server.enrolments.cancel('acct-bob', enrolment.id)).to.equal(true);
    expect((await client.status()).device.state).to.equal('cancelled');
  });

  it('F14: answers parked polls at shutdown, without reading in a circle', async () => {
    const own = await deviceServer();
    const { client } = await own.enrolled('ada');
    const { v } = await client.pending();
    let reads = 0;
    const { pending } = own.approvals;
    (own.api.approvals as { pending: typeof pending }).pending = (device) => {
      reads++;
      return pending(device);
    };
    const parked = client.pending({ wait: 20, v });
    while (own.hub.size === 0 || reads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await own.hub.close();
    expect((await parked).v).to.equal(v);
    expect(reads).to.be.at.most(3);
    await own.close();
  });
});
