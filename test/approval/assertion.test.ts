import { expect } from 'chai';
import { buildAnswer } from '../../src/protocol/answer.ts';
import {
  type AssertionOptions,
  type AssertionResponse,
  assertionChallenge,
  assertionOptions,
} from '../../src/protocol/approval-credential.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import type { DeviceClient } from '../../src/protocol/device-client.ts';
import type { DeviceSigner } from '../../src/protocol/device-key.ts';
import type { ChallengeMessage } from '../../src/protocol/messages.ts';
import { type CountingStore, countingStore } from '../support/counting-store.ts';
import { AUTHENTICATOR, type DeviceServer, deviceServer } from '../support/device-server.ts';
import {
  type CredentialAlgorithm,
  type Odd,
  SoftwareAuthenticator,
} from '../support/software-authenticator.ts';

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof DeviceApiError) return error.code;
    throw error;
  }
  return 'ok';
}

interface Phone {
  readonly id: string;
  readonly client: DeviceClient;
  readonly key: DeviceSigner;
  readonly authenticator: SoftwareAuthenticator;
}

describe('approval: the assertion that belongs to an answer', () => {
  let server: DeviceServer;
  let counted: CountingStore;
  before(async () => {
    server = await deviceServer({
      wrap: (store) => {
        counted = countingStore(store);
        return counted.store;
      },
    });
  });
  after(() => server.close());

  /** A confirmed device with an approval credential. */
  async function phone(
    name: string,
    options: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {},
  ): Promise<Phone> {
    const { id, client, key, confirm } = await server.claimed(name);
    const authenticator = new SoftwareAuthenticator(AUTHENTICATOR, options);
    await client.registerApprovalCredential(async (asked) => authenticator.create(asked));
    await confirm();
    return { id, client, key, authenticator };
  }

  async function asked(name: string, client: DeviceClient) {
    const made = await server.request(name);
    return { made, shown: await client.challenge(made.id), number: { number: made.number } };
  }

  const standing = async (chain: string) => {
    const found = await server.approvals.find(chain);
    return found && { state: found.state, wrong: found.challenge.wrong };
  };

  /** What a phone sends, piece by piece, so that pieces can be mixed. */
  async function signedAnswer(from: Phone, shown: ChallengeMessage, number: string): Promise<string> {
    const account = from.id.split('.')[0]!;
    const iat = Math.floor(Date.now() / 1000);
    const input = { issuer: server.issuer, account, challenge: shown, iat };
    return buildAnswer({ ...input, decision: 'approve', seen: { number } }, from.id, from.key);
  }
  const optionsFor = async (jws: string, shown: ChallengeMessage): Promise<AssertionOptions> =>
    assertionOptions(await assertionChallenge(jws), shown.credential!);

  async function send(id: string, body: { response: string; assertion?: unknown }): Promise<string> {
    const answer = await fetch(`${server.issuer}/device/v1/challenges/${id}/response`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { error, state } = (await answer.json()) as { error?: string; state?: string };
    return error ?? state ?? '';
  }

  it('R47 R60: counts as an approval by a verified person, with a credential of each algorithm', async () => {
    for (const alg of ['ES256', 'EdDSA', 'RS256'] satisfies CredentialAlgorithm[]) {
      const { client, authenticator, id } = await phone('ada', { alg });
      const { made, shown, number } = await asked('ada', client);
      expect(shown.credential).to.deep.equal({
        id: authenticator.credentialId,
        transports: ['internal'],
        rp_id: 'auth.example.com',
      });
      expect(
        await client.answer(shown, 'approve', number, async (options) => authenticator.get(options)),
      ).to.deep.equal({ state: 'approved' });
      const { challenge } = (await server.approvals.find(made.chain))!;
      expect(challenge.answer).to.include({ device: id, userVerified: true });
      expect((await server.devices.find(id))?.credential?.counter).to.equal(1);
      await client.remove();
    }
  });

  it('R60: is required of a device that has a credential, before its number is looked at', async () => {
    const { client, authenticator } = await phone('ada');
    const { made, shown, number } = await asked('ada', client);
    for (const seen of [number, { number: '000000' }, { qr: made.qr }])
      expect(await codeOf(client.answer(shown, 'approve', seen))).to.equal('assertion_required');
    expect(await standing(made.chain)).to.deep.equal({ state: 'pending', wrong: 0 });
    const assert = async (options: AssertionOptions) => authenticator.get(options);
    expect(await codeOf(client.answer(shown, 'approve', { number: '000000' }, assert))).to.equal(
      'wrong_number',
    );
    expect(await codeOf(client.answer(shown, 'approve', { qr: made.qr }, assert))).to.equal('ok');
    const { events } = await server.audit.read({ account: 'acct-ada' });
    const refused = events.filter(({ event }) => event.type === 'challenge.answer_refused');
    expect(refused.map(({ event }) => (event as { reason?: string }).reason)).to.include(
      'assertion-required',
    );
  });

  it('F1: a deny and a report need none, also after an approval', async () => {
    const { client, authenticator } = await phone('ada');
    for (const [decision, state] of [
      ['deny', 'denied'],
      ['report', 'reported'],
    ] as const) {
      const { shown, number } = await asked('ada', client);
      await client.answer(shown, 'approve', number, async (options) => authenticator.get(options));
      expect(await client.answer(shown, decision)).to.deep.equal({ state });
    }
    // A report closes the account to strangers' browsers, and the next tests ask from one.
    await server.guard.lift('acct-ada', 'admin');
  });

  it('R60: is refused from an odd browser or authenticator, and no try of the number is used up', async () => {
    const from = await phone('ada');
    const other = await phone('bob');
    const { made, shown, number } = await asked('ada', from.client);
    const flip = (text: string) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes[bytes.length - 1]! ^= 1;
      return bytes.toString('base64url');
    };
    const odds: Record<string, [odd: Odd, why: RegExp]> = {
      'user not verified': [{ userVerified: false }, /^AnswerInvalid: assertion-user: /],
      'user not present': [{ userPresent: false }, /User not present/],
      'another key': [{ otherKey: true }, /: signature$/],
      'a changed signature': [{ tamper: (r) => ({ ...r, signature: flip(r.signature) }) }, /: signature$/],
      'changed authenticator data': [
        { tamper: (r) => ({ ...r, authenticatorData: flip(r.authenticatorData) }) },
        /: signature$/,
      ],
      'another origin': [
        { origin: 'https://evil.example' },
        /^AnswerInvalid: assertion-origin: got \S+, wanted https:\/\/auth\.example\.com$/,
      ],
      'a page of the provider': [
        { origin: server.issuer },
        /^AnswerInvalid: assertion-origin: got \S+, wanted https:\/\/auth\.example\.com$/,
      ],
      'the same host on another port': [
        { origin: `${AUTHENTICATOR}:8443` },
        /^AnswerInvalid: assertion-origin: got \S+, wanted https:\/\/auth\.example\.com$/,
      ],
      'the origin with a slash': [
        { origin: `${AUTHENTICATOR}/` },
        /^AnswerInvalid: assertion-origin: got \S+, wanted https:\/\/auth\.example\.com$/,
      ],
      'the parent domain as rpId': [{ rpId: 'example.com' }, /RP ID hash/],
      'another rpId': [{ rpId: 'evil.example' }, /RP ID hash/],
      'another challenge': [{ challenge: 'A'.repeat(43) }, /response challenge/],
      'a registration': [{ type: 'webauthn.create' }, /response type/],
      'a frame in a foreign page': [{ crossOrigin: true }, /frame in a foreign page/],
      'a frame in a named foreign page': [
        { crossOrigin: true, topOrigin: 'https://evil.example' },
        /frame in a foreign page/,
      ],
      'a foreign page around': [{ topOrigin: 'https://evil.example' }, /frame in a foreign page/],
      'eligible for backup, as it never was': [{ backupEligible: true }, /backup eligibility/],
      'backed up, but not eligible': [{ backedUp: true }, /backed up/],
      'the id of another credential': [
        { credentialId: other.authenticator.credentialId },
        /another credential/,
      ],
      'more behind the authenticator data': [
        { tamper: (r) => ({ ...r, authenticatorData: `${r.authenticatorData}AAAA` }) },
        /Leftover bytes/,
      ],
      'no client data': [{ tamper: (r) => ({ ...r, clientDataJSON: 'bnVsbA' }) }, /client data: none/],
      'no authenticator data': [
        { tamper: (r) => ({ ...r, authenticatorData: 'AAAA' }) },
        /at least 37 bytes/,
      ],
    };
    for (const [name, [odd, why]] of Object.entries(odds)) {
      const act = from.client.answer(shown, 'approve', number, async (options) =>
        from.authenticator.get(options, odd),
      );
      expect(await codeOf(act), name).to.equal('invalid_assertion');
      const last = server.events.findLast((event) => event.type === 'device.refused');
      expect(last?.cause, name).to.match(why);
    }
    const act = from.client.answer(shown, 'approve', number, async (options) =>
      other.authenticator.get(options),
    );
    expect(await codeOf(act)).to.equal('invalid_assertion');
    expect(await standing(made.chain)).to.deep.equal({ state: 'pending', wrong: 0 });
    expect(
      await codeOf(
        from.client.answer(shown, 'approve', number, async (options) => from.authenticator.get(options)),
      ),
    ).to.equal('ok');
  });

  it('R14 R60: is worth nothing for other claims, for another request, or for another device', async () => {
    const from = await phone('ada');
    const mate = await phone('ada');
    const [a, b] = [await asked('ada', from.client), await asked('ada', from.client)];
    const forA = await signedAnswer(from, a.shown, a.made.number);
    const forB = await signedAnswer(from, b.shown, b.made.number);
    const assertionOfA = from.authenticator.get(await optionsFor(forA, a.shown));

    // The assertion of A for B, and the answer of A with it at B.
    expect(await send(b.made.id, { response: forB, assertion: assertionOfA })).to.equal('invalid_assertion');
    expect(await send(b.made.id, { response: forA, assertion: assertionOfA })).to.equal('invalid_answer');

    // Claims changed after the person was verified: another number, signed again by the device.
    const wrong = await signedAnswer(from, a.shown, '000000');
    const forWrong = from.authenticator.get(await optionsFor(wrong, a.shown));
    expect(await send(a.made.id, { response: forA, assertion: forWrong })).to.equal('invalid_assertion');

    // The other device of the account, with its own answer and this one's assertion.
    const mates = await signedAnswer(mate, a.shown, a.made.number);
    const mine = from.authenticator.get(await optionsFor(mates, a.shown));
    expect(await send(a.made.id, { response: mates, assertion: mine })).to.equal('invalid_assertion');

    // A signature of the device that is none, with a good assertion: it is not even looked at.
    const countOf = async () => (await server.devices.find(from.id))?.credential?.counter;
    const before = await countOf();
    const forged = `${forA.slice(0, forA.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    const good = from.authenticator.get(await optionsFor(forA, a.shown));
    expect(await send(a.made.id, { response: forged, assertion: good })).to.equal('invalid_answer');
    expect(await countOf()).to.equal(before);

    expect(await standing(a.made.chain)).to.deep.equal({ state: 'pending', wrong: 0 });
    expect(await standing(b.made.chain)).to.deep.equal({ state: 'pending', wrong: 0 });
  });

  it('R60: from a device without a credential is refused, and its answers need none', async () => {
    const { client } = await server.enrolled('carol');
    const authenticator = new SoftwareAuthenticator(AUTHENTICATOR);
    const { shown, number } = await asked('carol', client);
    const credential = { id: authenticator.credentialId, transports: [], rp_id: 'auth.example.com' };
    expect(shown).to.not.have.property('credential');
    expect(
      await codeOf(
        client.answer({ ...shown, credential }, 'approve', number, async (options) =>
          authenticator.get(options),
        ),
      ),
    ).to.equal('invalid_assertion');
    expect(await codeOf(client.answer(shown, 'approve', number))).to.equal('ok');
  });

  it('R60: a counter that does not go up is refused; one that is not kept stays 0', async () => {
    const from = await phone('ada');
    const answerWith = async (odd: Odd) => {
      const { shown, number } = await asked('ada', from.client);
      return codeOf(
        from.client.answer(shown, 'approve', number, async (options) => from.authenticator.get(options, odd)),
      );
    };
    expect(await answerWith({ counter: 10 })).to.equal('ok');
    for (const counter of [10, 9, 1, 0]) expect(await answerWith({ counter })).to.equal('invalid_assertion');
    expect(await answerWith({ counter: 11 })).to.equal('ok');
    const { events } = await server.audit.read({ account: 'acct-ada' });
    expect(events.map(({ event }) => (event as { reason?: string }).reason)).to.include('assertion-counter');

    const without = await phone('bob', { counts: false });
    for (const _ of [1, 2]) {
      const { shown, number } = await asked('bob', without.client);
      const act = without.client.answer(shown, 'approve', number, async (options) =>
        without.authenticator.get(options),
      );
      expect(await codeOf(act)).to.equal('ok');
    }
  });

  it('R60: of two requests answered at once with one counter, one is approved', async () => {
    const from = await phone('ada');
    const requests = [await asked('ada', from.client), await asked('ada', from.client)];
    const codes = await Promise.all(
      requests.map(({ shown, number }) =>
        codeOf(
          from.client.answer(shown, 'approve', number, async (options) =>
            from.authenticator.get(options, { counter: 5 }),
          ),
        ),
      ),
    );
    expect(codes).to.have.members(['ok', 'invalid_assertion']);
  });

  it('R5: the same message twice, or ten times at once, approves once, with a counter and without', async () => {
    for (const counts of [true, false]) {
      const from = await phone('ada', { counts });
      const { made, shown } = await asked('ada', from.client);
      const response = await signedAnswer(from, shown, made.number);
      const assertion = from.authenticator.get(await optionsFor(response, shown));
      const sent = await Promise.all(
        Array.from({ length: 10 }, () => send(made.id, { response, assertion })),
      );
      expect(sent.filter((state) => state === 'approved')).to.have.length(1);
      const later = await send(made.id, { response, assertion });
      expect(later).to.equal(counts ? 'invalid_assertion' : 'challenge_decided');
    }
  });

  it('says so when its credential is told to be synced, and notes when it was backed up', async () => {
    const from = await phone('ada', { counts: false, habits: { backupEligible: true } });
    const { shown, number } = await asked('ada', from.client);
    expect((await server.devices.find(from.id))?.credential).to.include({
      backupEligible: true,
      backedUp: false,
    });
    const act = from.client.answer(shown, 'approve', number, async (options) =>
      from.authenticator.get(options, { backedUp: true }),
    );
    expect(await codeOf(act)).to.equal('ok');
    expect((await server.devices.find(from.id))?.credential).to.include({ backedUp: true });
  });

  it('costs a device without a credential no store call, and nobody more than a read and a write', async () => {
    const plain = await server.enrolled('carol');
    const uncounted = await phone('carol', { counts: false });
    const counting = await phone('carol');
    const callsOf = async (client: DeviceClient, authenticator?: SoftwareAuthenticator) => {
      const { shown, number } = await asked('carol', client);
      counted.reset();
      await client.answer(shown, 'approve', number, async (options) => authenticator!.get(options));
      // The audit log is written when there is time for it.
      return counted.calls().filter((verb) => verb !== 'log.append');
    };
    const base = await callsOf(plain.client);
    expect(base).to.deep.equal(['get', 'get', 'now', 'put']);
    expect(await callsOf(uncounted.client, uncounted.authenticator)).to.deep.equal(base);
    expect(await callsOf(counting.client, counting.authenticator)).to.deep.equal(
      [...base, 'get', 'put'].sort(),
    );
  });

  it('F8, F9: refuses bodies of another form', async () => {
    const from = await phone('ada');
    const { made, shown } = await asked('ada', from.client);
    const response = await signedAnswer(from, shown, made.number);
    const good = from.authenticator.get(await optionsFor(response, shown));
    const odd: unknown[] = [
      { response },
      { response, assertion: null },
      { response, assertion: good, more: 1 },
      { response: 5, assertion: good },
      { response, assertion: { ...good, type: 'password' } },
      { response, assertion: { ...good, id: `${good.id}=` } },
      { response, assertion: { ...good, response: { ...good.response, signature: 'a'.repeat(2000) } } },
    ];
    for (const body of odd)
      expect(await send(made.id, body as { response: string })).to.equal('invalid_request');
    expect(await send(made.id, { response: 'a.b.c', assertion: good })).to.equal('invalid_answer');
    // A browser may say more than WebAuthn does today.
    const more = { ...good, authenticatorAttachment: 'platform', clientExtensionResults: { credProps: {} } };
    expect(await send(made.id, { response, assertion: more as AssertionResponse })).to.equal('approved');
  });
});
