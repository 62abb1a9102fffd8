import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Secret, TOTP } from 'otpauth';
import { offlineCode, offlineKey } from '../../src/protocol/offline-code.ts';
import { createOfflineCodes } from '../../src/recovery/offline-codes.ts';
import { createSealing, readSealingKeys } from '../../src/recovery/sealing.ts';
import { keys } from '../../src/store/keys.ts';
import { tempStore } from '../support/temp-store.ts';

const KEY = randomBytes(32);

describe('codes without network', () => {
  let temp: Awaited<ReturnType<typeof tempStore>>;
  let at = 0;
  before(async () => {
    temp = await tempStore();
  });
  after(() => temp.close());
  beforeEach(() => {
    at = 1_795_000_000_000;
  });

  let people = 0;
  async function on(key = KEY) {
    const account = `person-${++people}`;
    const codes = createOfflineCodes(temp.store, createSealing([key]), () => at);
    await codes.turnOn(account, 'change-1');
    const made = (await codes.secretFor(account, 'phone'))!;
    const code = async (ms = at) => (await offlineCode(await offlineKey(made.secret), ms)).code;
    const take = (typed: string, active = ['phone']) => codes.take(account, typed, async () => active);
    return { account, codes, secret: made.secret, code, take };
  }

  it('are those of RFC 6238 (its own vectors, cut to six digits), and of another implementation', async () => {
    const key = await offlineKey(Buffer.from('12345678901234567890'));
    const vectors = { 59: '287082', 1111111109: '081804', 1234567890: '005924', 20000000000: '353130' };
    for (const [seconds, code] of Object.entries(vectors))
      expect((await offlineCode(key, Number(seconds) * 1000)).code).to.equal(code);
    for (let i = 0; i < 50; i++) {
      const secret = randomBytes(20);
      const totp = new TOTP({
        secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
        algorithm: 'SHA1',
      });
      const timestamp = 1_700_000_000_000 + i * 777_777;
      const ours = await offlineCode(await offlineKey(secret), timestamp);
      expect(ours.code).to.equal(totp.generate({ timestamp }));
    }
  });

  it('are good for their step and one on either side, each step once, and none before a used one', async () => {
    const { code, take } = await on();
    const now = await code();
    for (const steps of [-2, 2])
      expect(await take(await code(at + steps * 30_000)), `${steps}`).to.equal(undefined);
    expect(await take(await code(at - 30_000))).to.equal('phone');
    expect(await take(now.replace(/(\d{3})/, '$1 '))).to.equal('phone');
    expect(await take(now)).to.equal(undefined);
    expect(await take(await code(at - 30_000))).to.equal(undefined);
    expect(await take(await code(at + 30_000))).to.equal('phone');
    at += 30_000;
    expect(await take(await code())).to.equal(undefined);
    at += 30_000;
    expect(await take(await code())).to.equal('phone');
  });

  it('R5: of twenty at once with one code, one has it', async () => {
    const { code, take } = await on();
    const typed = await code();
    const taken = await Promise.all(Array.from({ length: 20 }, () => take(typed)));
    expect(taken.filter((device) => device !== undefined)).to.deep.equal(['phone']);
  });

  it('R23: belong to one device, and count for nothing once it is gone, or they were turned off or anew', async () => {
    const { account, codes, code, take } = await on();
    expect(await take(await code(), ['tablet'])).to.equal(undefined);
    expect(await take(await code(), [])).to.equal(undefined);
    const tablet = (await codes.secretFor(account, 'tablet'))!;
    expect(Buffer.from(tablet.secret).equals((await codes.secretFor(account, 'phone'))!.secret)).to.equal(
      false,
    );
    expect(await codes.turnOff(account, 'another change')).to.equal(false);
    expect(await codes.turnOff(account, 'change-1')).to.equal(true);
    expect(await take(await code())).to.equal(undefined);
    expect(await codes.secretFor(account, 'phone')).to.equal(undefined);
    await codes.turnOn(account, 'change-2');
    expect(await take(await code())).to.equal(undefined);
  });

  it('R49: secrets are sealed in the store, for their device, by a key that can be changed', async () => {
    const { account, secret, code } = await on();
    const stored = JSON.stringify(await temp.store.get(keys.offlineCodes(account)));
    for (const spelt of ['base64', 'base64url', 'hex'] as const)
      expect(stored).not.to.include(Buffer.from(secret).toString(spelt));
    const other = createOfflineCodes(temp.store, createSealing([randomBytes(32)]), () => at);
    expect(await other.take(account, await code(), async () => ['phone'])).to.equal(undefined);
    const both = createOfflineCodes(temp.store, createSealing([randomBytes(32), KEY]), () => at);
    expect(await both.take(account, await code(), async () => ['phone'])).to.equal('phone');

    const sealing = createSealing([KEY]);
    const sealed = sealing.seal(secret, 'phone');
    expect(Buffer.from(sealing.open(sealed, 'phone')!).equals(secret)).to.equal(true);
    expect(sealing.open(sealed, 'tablet')).to.equal(undefined);
    for (const changed of [`${sealed.slice(0, -2)}AA`, sealed.slice(0, 20), '', 'A'])
      expect(sealing.open(changed, 'phone'), changed).to.equal(undefined);
  });

  it('say what is wrong with a key file, and not what is in it', () => {
    const good = KEY.toString('base64');
    expect(readSealingKeys(`${good}\n\n${good}\n`, 'x')).to.have.length(2);
    for (const bad of ['', 'c2hvcnQ=', `${good}\nc2hvcnQ=`])
      expect(() => readSealingKeys(bad, 'factors.offlineCode.keyFile')).to.throw(
        /factors\.offlineCode\.keyFile: wanted a file with 32 bytes/,
      );
  });
});
