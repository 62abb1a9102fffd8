import { expect } from 'chai';
import { ZodError } from 'zod';
import { createAccounts, NameTaken } from '../../src/accounts/accounts.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { countingStore } from '../support/counting-store.ts';
import { tempStore } from '../support/temp-store.ts';

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('accounts/accounts', () => {
  let store: Store;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ store, close } = await tempStore());
  });
  afterEach(() => close());

  it('creates a person whom every spelling of every name finds', async () => {
    const accounts = createAccounts({ store, now: () => 5_000 });
    const anna = await accounts.create({ userName: 'Anna', emails: [{ address: 'Anna@Bücher.example' }] });
    expect(anna).to.include({
      userName: 'Anna',
      createdAt: 5,
      updatedAt: 5,
      passwordHash: null,
      notBefore: 0,
    });
    expect(Buffer.from(anna.sub, 'base64url')).to.have.length(16);
    for (const name of ['anna', ' ANNA ', 'anna@bücher.example', 'ANNA@XN--BCHER-KVA.EXAMPLE']) {
      expect((await accounts.findByName(name))?.sub, name).to.equal(anna.sub);
    }
    for (const name of ['ann', 'anna@example', '', 'a\u0000']) {
      expect(await accounts.findByName(name), name).to.equal(undefined);
    }
  });

  it('lets one of many parallel creates of a name win and leaves nothing of the others', async () => {
    const accounts = createAccounts({ store });
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        accounts.create({
          userName: `own-${i}`,
          emails: [{ address: i % 2 ? 'Same@example.org' : 'same@EXAMPLE.org' }],
        }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const lost of tries) if (lost.status === 'rejected') expect(lost.reason).to.be.instanceOf(NameTaken);
    expect((await accounts.list()).accounts).to.have.length(1);
    for (const [i, { status }] of tries.entries()) {
      if (status === 'rejected') await accounts.create({ userName: `own-${i}` });
    }
  });

  it('says which name is taken', async () => {
    const accounts = createAccounts({ store });
    await accounts.create({ userName: 'anna', emails: [{ address: 'a@example.org' }] });
    expect(await failure(accounts.create({ userName: 'ANNA' }))).to.include({
      field: 'user name',
      was: 'anna',
    });
    const mail = accounts.create({ userName: 'bob', emails: [{ address: 'A@example.org' }] });
    expect(await failure(mail)).to.include({ field: 'e-mail', was: 'a@example.org' });
    expect(await failure(accounts.create({ userName: 'A@Example.org' }))).to.be.instanceOf(NameTaken);
    expect(await failure(accounts.create({ userName: 'x', profile: { website: 'nope' } }))).to.be.instanceOf(
      ZodError,
    );
  });

  it('treats a pointer left by a crash as free, but not one of a create under way', async () => {
    const accounts = createAccounts({ store });
    const stale = { v: 1, sub: 'gone', at: (await store.now()) - 61_000 };
    await store.put(keys.accountName('anna'), stale, { if: 'any', ttlMs: null });
    expect(await accounts.findByName('anna')).to.equal(undefined);
    const anna = await accounts.create({ userName: 'anna' });
    expect((await accounts.findByName('anna'))?.sub).to.equal(anna.sub);

    await store.put(keys.accountName('bob'), { ...stale, at: await store.now() }, { if: 'any', ttlMs: null });
    expect(await failure(accounts.create({ userName: 'bob' }))).to.be.instanceOf(NameTaken);
  });

  it('R42: a name that exists and one that does not cost the same store calls', async () => {
    const counting = countingStore(store);
    const accounts = createAccounts({ store: counting.store });
    await accounts.create({ userName: 'anna', emails: [{ address: 'a@example.org' }] });
    for (const name of ['anna', 'a@example.org', 'nobody', '', 'a\u0000b', 'x'.repeat(5000)]) {
      counting.reset();
      await accounts.findByName(name);
      expect(counting.calls(), name.slice(0, 20)).to.deep.equal(['get', 'get']);
    }
  });

  it('adds, verifies and removes e-mails, which are names at once and no longer', async () => {
    const accounts = createAccounts({ store });
    const { sub } = await accounts.create({ userName: 'anna' });
    const bob = await accounts.create({ userName: 'bob', emails: [{ address: 'bob@example.org' }] });
    expect((await accounts.addEmail(sub, 'Anna@Example.org'))?.emails).to.deep.equal([
      { address: 'Anna@Example.org', verified: false },
    ]);
    expect((await accounts.addEmail(sub, 'anna@example.org', true))?.emails).to.deep.equal([
      { address: 'Anna@Example.org', verified: true },
    ]);
    expect((await accounts.addEmail(sub, 'anna@example.org'))?.emails[0]?.verified).to.equal(true);
    expect(await failure(accounts.addEmail(sub, 'BOB@example.org'))).to.be.instanceOf(NameTaken);
    expect((await accounts.findByName('anna@example.org'))?.sub).to.equal(sub);
    expect((await accounts.removeEmail(sub, 'ANNA@example.org'))?.emails).to.deep.equal([]);
    expect(await accounts.findByName('anna@example.org')).to.equal(undefined);
    await accounts.addEmail(bob.sub, 'anna@example.org');
    expect((await accounts.findByName('anna@example.org'))?.sub).to.equal(bob.sub);
    expect(await accounts.addEmail('nobody', 'n@example.org')).to.equal(undefined);
  });

  it('keeps a user name that is an address when that e-mail is removed', async () => {
    const accounts = createAccounts({ store });
    const { sub } = await accounts.create({
      userName: 'a@example.org',
      emails: [{ address: 'a@example.org' }],
    });
    await accounts.removeEmail(sub, 'a@example.org');
    expect((await accounts.findByName('a@example.org'))?.sub).to.equal(sub);
  });

  it('changes password, profile and state, each without touching the others', async () => {
    let now = 10_000;
    const accounts = createAccounts({ store, now: () => now });
    const { sub } = await accounts.create({ userName: 'anna', profile: { name: 'Anna' } }, 'hash-1');
    now = 20_000;
    expect(await accounts.setPassword(sub, 'hash-2')).to.include({
      passwordHash: 'hash-2',
      passwordChangedAt: 20,
      updatedAt: 10,
    });
    expect(await accounts.replaceHash(sub, 'hash-1', 'hash-x')).to.include({ passwordHash: 'hash-2' });
    now = 30_000;
    expect(await accounts.replaceHash(sub, 'hash-2', 'hash-3')).to.include({
      passwordHash: 'hash-3',
      passwordChangedAt: 20,
    });
    expect(await accounts.setProfile(sub, { nickname: 'An' })).to.deep.include({
      profile: { nickname: 'An' },
      updatedAt: 30,
    });
    expect(await accounts.setDisabled(sub, true)).to.include({ disabled: true, passwordHash: 'hash-3' });
    expect(await accounts.setDisabled('nobody', true)).to.equal(undefined);
  });

  it('R63: notBefore only rises, under parallel writers too', async () => {
    const accounts = createAccounts({ store });
    const { sub } = await accounts.create({ userName: 'anna' });
    await Promise.all([40, 70, 20, 60, 50].map((at) => accounts.raiseNotBefore(sub, at)));
    expect((await accounts.raiseNotBefore(sub, 10))?.notBefore).to.equal(70);
  });

  it('lists in pages and removes for good', async () => {
    let now = 0;
    const accounts = createAccounts({ store, now: () => ++now });
    for (const userName of ['c', 'a', 'b']) await accounts.create({ userName });
    const first = await accounts.list({ limit: 2 });
    const second = await accounts.list({ limit: 2, after: first.next! });
    expect([...first.accounts, ...second.accounts].map(({ userName }) => userName)).to.deep.equal([
      'c',
      'a',
      'b',
    ]);
    expect(second.next).to.equal(undefined);

    const { sub } = first.accounts[0]!;
    expect(await accounts.remove(sub)).to.equal(true);
    expect(await accounts.remove(sub)).to.equal(false);
    expect(await accounts.get(sub)).to.equal(undefined);
    expect(await accounts.setDisabled(sub, true)).to.equal(undefined);
    expect((await accounts.list()).accounts).to.have.length(2);
    expect((await accounts.create({ userName: 'c' })).sub).not.to.equal(sub);
  });
});
