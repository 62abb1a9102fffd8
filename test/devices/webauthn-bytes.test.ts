import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { AssertionInvalid, verifyAssertion } from '../../src/approval/verify-assertion.ts';
import type { ApprovalCredential } from '../../src/devices/approval-credential.ts';
import { DeviceError } from '../../src/devices/device-error.ts';
import { verifyRegistration } from '../../src/devices/verify-registration.ts';
import { encodeCbor } from '../support/cbor.ts';
import { AUTHENTICATOR } from '../support/device-server.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';

const PARTY = { id: 'auth.example.com', origin: AUTHENTICATOR, name: 'id.example.com' };
const CHALLENGE = 'C'.repeat(43);
/** CBOR that says it is huge, or goes deep. */
const BOMBS = [
  '9bffffffffffffffff',
  '9affffffff',
  `9affffffff${'00'.repeat(1400)}`,
  'baffffffff',
  '5affffffff',
  '5b001fffffffffffff',
  '7affffffff',
  '81'.repeat(1400),
  'a1'.repeat(1400),
  'c1'.repeat(1400),
  'bfff',
  'f820',
].map((hex) => Buffer.from(hex, 'hex'));

describe('WebAuthn: bytes of any kind', () => {
  // EdDSA: how ECDSA's two numbers are wrapped is read leniently, which is no harm, since no signature is a replay id.
  const authenticator = new SoftwareAuthenticator(AUTHENTICATOR, { alg: 'EdDSA' });
  const registration = authenticator.create({
    challenge: CHALLENGE,
    rp: { id: PARTY.id, name: PARTY.name },
    user: { id: 'AA', name: 'ada', displayName: 'ada' },
    pubKeyCredParams: [],
  });

  const good = authenticator.get({
    challenge: CHALLENGE,
    rpId: PARTY.id,
    allowCredentials: [],
    userVerification: 'required',
  });
  let credential: ApprovalCredential;

  const register = (attestationObject: Uint8Array) =>
    verifyRegistration({
      response: {
        ...registration,
        response: {
          ...registration.response,
          attestationObject: Buffer.from(attestationObject).toString('base64url'),
        },
      },
      party: PARTY,
      isOurChallenge: async (challenge) => challenge === CHALLENGE,
      now: 0,
    });
  const assert = (more: Partial<typeof good.response>) =>
    verifyAssertion({
      assertion: { ...good, response: { ...good.response, ...more } },
      credential,
      party: PARTY,
      challenge: CHALLENGE,
    });
  const nameOf = async (act: Promise<unknown>) =>
    act.then(
      () => 'taken',
      (error: Error) => error.name,
    );

  before(async () => {
    credential = await register(Buffer.from(registration.response.attestationObject, 'base64url'));
    expect(await assert({})).to.deep.equal({ counter: 1, backedUp: false });
  });

  const rpIdHash = createHash('sha256').update(PARTY.id).digest();
  const head = (flags: number) => Buffer.concat([rpIdHash, Uint8Array.of(flags, 0, 0, 0, 9)]);
  const attested = (key: Uint8Array) =>
    Buffer.concat([head(0x45), Buffer.alloc(16), Uint8Array.of(0, 1, 7), key]);

  it('F8: CBOR that claims to be huge or goes deep is refused at once', async () => {
    for (const bomb of BOMBS) {
      const extensions = Buffer.concat([head(0x85), bomb]);
      for (const data of [extensions, attested(bomb)])
        expect(await nameOf(assert({ authenticatorData: data.toString('base64url') }))).to.equal(
          AssertionInvalid.name,
        );
      const object = new Map<string, string | Uint8Array | Map<string, number>>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', attested(bomb)],
      ]);
      for (const bytes of [bomb, encodeCbor(object)])
        expect(await nameOf(register(bytes))).to.equal(DeviceError.name);
    }
  });

  it('F8, R60: one changed byte anywhere in an assertion refuses it', async () => {
    for (const member of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
      const bytes = Buffer.from(good.response[member], 'base64url');
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
          const changed = Buffer.from(bytes);
          changed[at]! ^= by;
          expect(await nameOf(assert({ [member]: changed.toString('base64url') }))).to.equal(
            AssertionInvalid.name,
          );
        }),
        { numRuns: 150 },
      );
    }
  });

  it('F8: a changed registration is another good one or refused, and never breaks the reader', async () => {
    const bytes = Buffer.from(registration.response.attestationObject, 'base64url');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        expect(await nameOf(register(changed))).to.be.oneOf(['taken', DeviceError.name]);
      }),
      { numRuns: 300 },
    );
  });
});
