import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { acrOf, amrOf, type Passkey } from '../../src/passkey/passkey.ts';
import { passkeyParty } from '../../src/passkey/passkey-party.ts';
import { readRegistration } from '../../src/passkey/responses.ts';
import {
  NewPasskeyInvalid,
  type PasskeyRules,
  verifyNewPasskey,
} from '../../src/passkey/verify-new-passkey.ts';
import { ACR } from '../../src/session/ladder.ts';
import { type Issued, issue } from '../support/attestation-certificates.ts';
import { type Odd, SoftwareAuthenticator } from '../support/software-authenticator.ts';

const ORIGIN = 'https://id.example';
const MODEL = '00112233-4455-6677-8899-aabbccddeeff';
const OTHER_MODEL = 'ffffffff-4455-6677-8899-aabbccddeeff';
const DAY = 86_400_000;

describe('passkey: what an authenticator proves of its model', () => {
  const root = issue('Root', undefined, { ca: true });
  const middle = issue('Middle', root, { ca: true });
  const leaf = issue('Model', middle, { model: MODEL });

  async function make(odd: Odd, rules: Partial<PasskeyRules> = {}, now = Date.now()) {
    const challenge = 'Y2hhbGxlbmdl';
    const made = new SoftwareAuthenticator(ORIGIN).createPasskey(
      {
        challenge,
        rp: { id: 'id.example', name: 'id' },
        user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
        pubKeyCredParams: [],
      },
      odd,
    );
    const registration = readRegistration(JSON.stringify(made))!;
    const all = { attestation: 'preferred', roots: [root.certificate], allowedModels: [], ...rules } as const;
    return verifyNewPasskey({
      registration,
      party: passkeyParty(ORIGIN, []),
      challenge,
      rules: all,
      now,
    }).catch((error: unknown) => {
      if (!(error instanceof NewPasskeyInvalid)) throw error;
      return error.code;
    });
  }
  const by = (signer: Issued, ...above: Issued[]): Odd => ({
    attestedBy: { key: signer.key, x5c: [signer, ...above].map(({ raw }) => raw) },
  });
  const attested = async (...how: Parameters<typeof make>) => {
    const made = await make(...how);
    return typeof made === 'string' ? made : made.attested;
  };

  it('R47: phrh and hwk only where its certificates lead to a configured root, each issued by the next and valid now', async () => {
    const made = (await make(by(leaf, middle))) as Passkey;
    expect([acrOf(made), ...amrOf(made, { userVerified: true, password: false })]).to.deep.equal([
      ACR.phrh,
      'hwk',
      'user',
      'mfa',
    ]);
    expect(await attested(by(leaf, middle, root))).to.equal(true);
    expect(await attested(by(issue('Direct', root)))).to.equal(true);
    expect(await attested(by(leaf, middle), { roots: [leaf.certificate] }), 'the model itself').to.equal(
      true,
    );

    const strangers = issue('Root', undefined, { ca: true });
    const noIssuer = issue('Model 2', root);
    const underIt = issue('Under', noIssuer);
    const old = issue('Old', root, { ca: true, days: [-9, -5] });
    const cases: [string, Odd, Partial<PasskeyRules>?][] = [
      ['no root configured', by(leaf, middle), { roots: [] }],
      ['a root of the same name', by(leaf, middle), { roots: [strangers.certificate] }],
      ['a link is missing', by(leaf)],
      ['the root beside it, which did not issue it', by(issue('X', strangers), root)],
      ['issued by what may issue nothing', by(underIt, noIssuer)],
      ['issued by what is over', by(issue('Y', old), old)],
      ['none', {}],
      ['signed by the new key itself', { selfAttested: true }],
    ];
    for (const [what, odd, rules] of cases) {
      expect(await attested(odd, rules), what).to.equal(false);
      const required = { ...rules, attestation: 'required' } as const;
      expect(await make(odd, required), `${what}, required`).to.equal('attestation');
    }
    const over = { attestation: 'required' } as const;
    expect(await make(by(leaf, middle), over, Date.now() + 2 * DAY), 'later').to.equal('attestation');
  });

  it('R47: what may be copied is not bound to hardware, whoever attests it', async () => {
    const made = (await make({ ...by(leaf, middle), backupEligible: true })) as Passkey;
    expect([made.attested, acrOf(made)]).to.deep.equal([false, ACR.phr]);
  });

  it('a list of models lets no other in, nor one whose certificate is another model’s', async () => {
    const allowedModels = [MODEL];
    expect(await attested(by(leaf, middle), { allowedModels })).to.equal(true);
    expect(await make({ aaguid: OTHER_MODEL }, { allowedModels })).to.equal('model');
    expect(await make({ ...by(leaf, middle), aaguid: OTHER_MODEL })).to.equal('registration');
    const forged = { ...by(leaf, middle), attestedBy: { key: root.key, x5c: [leaf.raw, middle.raw] } };
    expect(await make(forged), 'signed by another key').to.equal('registration');
  });

  it('R47: nothing is fetched from where certificates say that their revocation list is, whoever issued them', async () => {
    const heard: (string | undefined)[] = [];
    const maker = createServer((request, response) => {
      heard.push(request.url);
      response.end();
    });
    await new Promise<void>((done) => maker.listen(0, '127.0.0.1', done));
    const crl = (path: string) => `http://127.0.0.1:${(maker.address() as AddressInfo).port}/${path}`;
    try {
      const listed = issue('Listed', middle, { model: MODEL, crl: crl('trusted') });
      expect(await attested(by(listed, middle))).to.equal(true);
      expect(await attested(by(listed, middle, root))).to.equal(true);

      // Whoever makes a passkey can be a maker of authenticators, too.
      const own = issue('Own', undefined, { ca: true });
      expect(await attested(by(issue('Packed', own, { crl: crl('own') }), own))).to.equal(false);
      const android = (signer: Issued): Odd => ({
        attestedByAndroid: (publicKey, androidChallenge) => {
          const more = { publicKey, androidChallenge, crl: crl('android') };
          return [issue('Android', signer, more).raw, signer.raw];
        },
      });
      for (const signer of [own, root]) {
        expect(await attested(android(signer))).to.equal(false);
        expect(await make(android(signer), { attestation: 'required' })).to.equal('attestation');
      }
      expect(heard).to.deep.equal([]);
    } finally {
      maker.close();
    }
  });

  it('what is no attestation object, or of another format, is refused', async () => {
    const of = (fmt: string, attStmt = new Map()): Odd => ({ attestation: { fmt, attStmt } });
    for (const odd of [
      of('android-safetynet'),
      of('compound'),
      of('packed', new Map([['x5c', 'text']])),
      of('packed', new Map([['x5c', [1]]])),
      of('none', new Map([['x', 1]])),
      { selfAttested: true, otherKey: true },
    ])
      expect(await make(odd)).to.equal('registration');
  });
});
