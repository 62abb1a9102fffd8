import { expect } from 'chai';
import type { AuditEvent } from '../../src/audit/events.ts';
import { openAccount } from '../support/account-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('attacks: hiding what was done behind what is cheap to do', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('what a password alone can cause pushes no sign-in and no device out of a person’s activity', async () => {
    const { account, device } = world.person('alice');
    const { audit } = world.server.services;
    await openAccount(world, new TestBrowser()); // what the thief would like to hide
    const before = (await audit.read({ account: account.sub }, { limit: 1000 })).events.length;
    const stranger = new TestBrowser();
    await world.password(stranger, await world.open(stranger, world.authorize().url), 'alice');
    const { events } = await audit.read({ account: account.sub }, { limit: 1000 });
    const caused = events.slice(before).map(({ event }) => event as AuditEvent);
    expect(caused.map(({ type }) => type)).to.include('challenge.created');
    // As often as a thief would: an account's log keeps a thousand.
    for (let n = 0; n < 1000; n += caused.length) for (const event of caused) audit.record(event);
    await audit.flush();
    const types = (await device!.client.activity()).events.map(({ type }) => type);
    expect(types).to.include('signed-in');
    const own = await openAccount(world, new TestBrowser());
    expect(own.text.split('Signed in to').length - 1).to.equal(2);
  });

  it('nor does what a device’s key alone can do as often as it likes', async () => {
    const { device } = world.person('bob');
    await openAccount(world, new TestBrowser(), 'bob');
    for (let n = 0; n < 60; n++) await device!.client.rename(`Phone ${n}`);
    const { events } = await device!.client.activity();
    const types = events.map(({ type }) => type);
    expect(types).to.include('signed-in').and.include('device-renamed');
    expect(types.filter((type) => type === 'device-renamed')).to.have.length(25);
  });
});
