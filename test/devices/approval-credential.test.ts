import { expect } from 'chai';
import { createServerNonces } from '../../src/devices/server-nonce.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import type { DeviceClient } from '../../src/protocol/device-client.ts';

import { keys } from '../../src/store/keys.ts';
import { later, resetClock } from '../support/clock.ts';
import { AUTHENTICATOR, type DeviceServer, deviceServer } from '../support/device-server.ts';
import { type Odd, SoftwareAuthenticator } from '../support/software-authenticator.ts';

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof DeviceApiError) return error.code;
    throw error;
  }
  return 'ok';
}

const CURVE_POINT_OFF = new Map<number, number | Uint8Array>([
  [1, 2],
  [3, -7],
  [-1, 1],
  [-2, new Uint8Array(32).fill(7)],
  [-3, new Uint8Array(32).fill(9)],
]);
const SMALL_RSA = new Map<number, number | Uint8Array>([
  [1, 3],
  [3, -257],
  [-1, new Uint8Array(128).fill(255)],
  [-2, Uint8Array.of(1, 0, 1)],
]);
const SMALL_ORDER = new Map<number, number | Uint8Array>([
  [1, 1],
  [3, -8],
  [-1, 6],
  [-2, new Uint8Array(32)],
]);

describe('devices: enrolling an approval credential', () => {
  let server: DeviceServer;
  before(async () => {
    server = await deviceServer();
  });
  afterEach(() => resetClock());
  after(() => server.close());

  const register = (client: DeviceClient, authenticator: SoftwareAuthenticator, odd?: Odd) =>
    client.registerApprovalCredential(async (options) => authenticator.create(options, odd));

  it('asks for a platform authenticator that verifies its user, for its own host alone, with a random user id', async () => {
    const { client, id } = await server.claimed('ada');
    const asked: Record<string, unknown>[] = [];
    for (const _ of [1, 2])
      await client
        .registerApprovalCredential(async (options) => {
          asked.push(options);
          throw new DOMException('the person said no', 'NotAllowedError');
        })
        .catch(() => {});
    expect(asked[0]).to.deep.include({
      rp: { id: 'auth.example.com', name: new URL(server.issuer).host },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      attestation: 'none',
    });
    expect(asked[0]?.['authenticatorSelection']).to.deep.equal({
      authenticatorAttachment: 'platform',
      residentKey: 'discouraged',
      requireResidentKey: false,
      userVerification: 'required',
    });
    const users = asked.map((options) => (options['user'] as { id: string }).id);
    expect(users[0]).to.have.length(43).and.not.equal(users[1]);
    expect(JSON.stringify(asked)).to.not.include('acct-ada').and.not.include(id);
  });

  it('gives challenges that every process takes, for one device and for at least five minutes', async () => {
    const [one, other] = [createServerNonces(server.store), createServerNonces(server.store)];
    const given = await one.current('approval-credential a.b');
    expect(given).to.match(/^[A-Za-z0-9_-]{22}$/);
    later(5 * 60);
    expect(await other.isFresh(given, 'approval-credential a.b')).to.equal(true);
    expect(await other.isFresh(given, 'approval-credential a.c')).to.equal(false);
    expect(await other.isFresh(given)).to.equal(false);
    expect(await other.isFresh(await one.current(), 'approval-credential a.b')).to.equal(false);
    later(5 * 60);
    expect(await other.isFresh(given, 'approval-credential a.b')).to.equal(false);
  });

  it('R60: takes one of each algorithm while the device waits, and it is there once the device is confirmed', async () => {
    for (const alg of ['ES256', 'EdDSA', 'RS256'] as const) {
      const { client, confirm, id } = await server.claimed('ada');
      const authenticator = new SoftwareAuthenticator(AUTHENTICATOR, { alg });
      const message = await register(client, authenticator);
      const credential = {
        id: authenticator.credentialId,
        transports: ['internal'],
        rp_id: 'auth.example.com',
      };
      expect(message.device).to.deep.include({ state: 'pending', credential });
      expect(await confirm()).to.equal('bound');
      expect((await client.status()).device).to.deep.include({ state: 'active', credential });
      expect((await server.devices.find(id))?.credential).to.deep.include({
        id: authenticator.credentialId,
        counter: 0,
        backupEligible: false,
        backedUp: false,
        aaguid: '00112233-4455-6677-8899-aabbccddeeff',
      });
      await client.remove();
    }
    const added = server.events.filter(({ type }) => type === 'device.credential_added');
    expect(added).to.have.length(3);
  });

  it('R24: takes one after the confirmation too, but once, and not when the ten minutes are over', async () => {
    const early = await server.claimed('ada');
    await early.confirm();
    expect((await register(early.client, new SoftwareAuthenticator(AUTHENTICATOR))).device.state).to.equal(
      'active',
    );
    const second = new SoftwareAuthenticator(AUTHENTICATOR);
    expect(await codeOf(register(early.client, second))).to.equal('credential_exists');

    const waiting = await server.claimed('ada');
    const confirmed = await server.claimed('ada');
    await confirmed.confirm();
    later(10 * 60 + 1);
    for (const { client } of [waiting, confirmed])
      expect(await codeOf(register(client, second))).to.equal('enrolment_expired');
    later(15 * 60);
    expect(await codeOf(register(confirmed.client, second))).to.equal('enrolment_expired');
  });

  it('R24: of many at once, one is taken', async () => {
    for (const confirmed of [false, true]) {
      const { client, confirm, id } = await server.claimed('ada');
      if (confirmed) await confirm();
      const authenticators = Array.from({ length: 6 }, () => new SoftwareAuthenticator(AUTHENTICATOR));
      const codes = await Promise.all(authenticators.map((one) => codeOf(register(client, one))));
      expect(codes.filter((code) => code === 'ok')).to.have.length(1);
      expect(codes.filter((code) => code === 'credential_exists')).to.have.length(5);
      if (!confirmed) await confirm();
      const kept = (await server.devices.find(id))?.credential?.id;
      expect(kept).to.equal(authenticators[codes.indexOf('ok')]?.credentialId);
    }
  });

  it('R60: is not lost when it is confirmed at the same moment', async () => {
    for (let round = 0; round < 12; round++) {
      const { client, confirm, id } = await server.claimed('bob');
      const authenticator = new SoftwareAuthenticator(AUTHENTICATOR);
      const [code, bound] = await Promise.all([codeOf(register(client, authenticator)), confirm()]);
      expect(bound).to.equal('bound');
      expect(code).to.be.oneOf(['ok', 'device_pending']);
      const kept = (await server.devices.find(id))?.credential?.id;
      expect(kept).to.equal(code === 'ok' ? authenticator.credentialId : undefined);
      await client.remove();
    }
  });

  it('asks to come again in the moment between the two writes of a confirmation', async () => {
    const { client, enrolment, id, confirm } = await server.claimed('ada');
    const authenticator = new SoftwareAuthenticator(AUTHENTICATOR);
    const key = keys.enrolment(enrolment.id);
    const found = await server.store.get<object>(key);
    if (!found || found.dead) throw new Error('no enrolment');
    await server.store.put(key, { ...found.value, state: 'bound' }, { if: 'any', ttlMs: 'keep' });
    expect(await codeOf(register(client, authenticator))).to.equal('device_pending');
    // Nor is it removed by a call that says so and does nothing.
    expect(await codeOf(client.remove())).to.equal('device_pending');
    expect(await confirm()).to.equal('bound');
    expect(await codeOf(register(client, authenticator))).to.equal('ok');
    expect((await server.devices.find(id))?.credential?.id).to.equal(authenticator.credentialId);
  });

  it('refuses a device that was removed or whose enrolment was cancelled', async () => {
    const cancelled = await server.claimed('ada');
    await server.enrolments.cancel('acct-ada', cancelled.enrolment.id);
    const revoked = await server.claimed('ada');
    await revoked.confirm();
    await server.devices.revoke('acct-ada', revoked.id);
    for (const { client } of [cancelled, revoked])
      expect(await codeOf(register(client, new SoftwareAuthenticator(AUTHENTICATOR)))).to.equal(
        'device_revoked',
      );
  });

  it('R19 R60: refuses a registration by an odd browser or authenticator, and a good one still counts', async () => {
    const { client } = await server.claimed('ada');
    const other = await server.claimed('bob');
    let forBob = '';
    await codeOf(
      other.client.registerApprovalCredential(async (options) => {
        forBob = options.challenge;
        return new SoftwareAuthenticator(AUTHENTICATOR).create(options);
      }),
    );
    const certificate = new Map<string, Uint8Array[] | number | Uint8Array>([
      ['alg', -7],
      ['sig', new Uint8Array(70)],
      ['x5c', [new Uint8Array(100)]],
    ]);
    const odds: Record<string, [odd: Odd, why: RegExp]> = {
      'user not verified': [{ userVerified: false }, /user could not be verified/],
      'user not present': [{ userPresent: false }, /user was not present/],
      'another origin': [{ origin: 'https://evil.example' }, /^origin: got /],
      'a page of the provider': [{ origin: server.issuer }, /^origin: got /],
      'the same host on another port': [{ origin: `${AUTHENTICATOR}:8443` }, /^origin: got /],
      'the same host without encryption': [
        { origin: AUTHENTICATOR.replace('https', 'http') },
        /^origin: got /,
      ],
      'a subdomain': [{ origin: 'https://x.auth.example.com' }, /^origin: got /],
      'the parent domain as rpId': [{ rpId: 'example.com' }, /RP ID hash/],
      'another challenge': [{ challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }, /challenge/],
      'the challenge of another device': [{ challenge: forBob }, /challenge/],
      'an assertion': [{ type: 'webauthn.get' }, /response type/],
      'a frame in a foreign page': [{ crossOrigin: true }, /frame in a foreign page/],
      'a frame in a named foreign page': [
        { crossOrigin: true, topOrigin: 'https://evil.example' },
        /frame in a foreign page/,
      ],
      'a foreign page around, not said to be one': [
        { topOrigin: 'https://evil.example' },
        /frame in a foreign page/,
      ],
      // Before the library reads them: it would fetch what a certificate says about its revocation.
      certificates: [{ attestation: { fmt: 'packed', attStmt: certificate } }, /attestation format/],
      'another format': [{ attestation: { fmt: 'tpm', attStmt: new Map() } }, /attestation format/],
      'a statement where there is none': [
        { attestation: { fmt: 'none', attStmt: new Map([['x', 1]]) } },
        /None attestation/,
      ],
      'an attestation by another key': [{ selfAttested: true, otherKey: true }, /attestation statement/],
      'another id inside': [{ credentialId: 'AAAA' }, /another inside/],
      'a point off the curve': [{ publicKey: CURVE_POINT_OFF }, /key: not a good one/],
      'a point of small order': [{ publicKey: SMALL_ORDER }, /key: not a good one/],
      'an RSA key of 1024 bits': [{ publicKey: SMALL_RSA }, /key: not a good one/],
      'an algorithm nobody asked for': [
        { publicKey: new Map([...CURVE_POINT_OFF, [3, -35]]) },
        /public key alg/,
      ],
      'a key type of another algorithm': [
        { publicKey: new Map([...CURVE_POINT_OFF, [3, -8]]) },
        /key: not a good one/,
      ],
      'backed up, but not eligible': [{ backedUp: true }, /backed up/],
    };
    for (const [name, [odd, why]] of Object.entries(odds)) {
      const code = await codeOf(register(client, new SoftwareAuthenticator(AUTHENTICATOR), odd));
      expect(code, name).to.equal('invalid_credential');
      const last = server.events.findLast((event) => event.type === 'device.refused');
      expect(last?.cause, name).to.match(why);
    }
    const selfAttested = { selfAttested: true };
    expect(await codeOf(register(client, new SoftwareAuthenticator(AUTHENTICATOR), selfAttested))).to.equal(
      'ok',
    );
  });

  it('F8, F9: refuses bodies of another form', async () => {
    const { client } = await server.claimed('ada');
    const bodies: ((good: ReturnType<SoftwareAuthenticator['create']>) => unknown)[] = [
      (good) => ({ ...good, id: `${good.id}=` }),
      (good) => ({ ...good, response: { ...good.response, attestationObject: 'oA' } }),
      (good) => ({ ...good, response: { ...good.response, clientDataJSON: 'e30' } }),
      (good) => ({ ...good, response: { ...good.response, clientDataJSON: 'bnVsbA' } }),
      (good) => ({ ...good, response: { ...good.response, clientDataJSON: '__-_' } }),
    ];
    const codes: string[] = [];
    for (const change of bodies)
      codes.push(
        await codeOf(
          client.registerApprovalCredential(async (options) =>
            change(new SoftwareAuthenticator(AUTHENTICATOR).create(options)),
          ),
        ).catch((error: Error) => error.name),
      );
    expect(codes).to.deep.equal(['$ZodError', ...Array.from({ length: 4 }, () => 'invalid_credential')]);
  });
});
