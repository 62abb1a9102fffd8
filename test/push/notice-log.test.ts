import { expect } from 'chai';
import { runTerminalDevice } from '../../src/terminal-device/run.ts';
import { later, resetClock } from '../support/clock.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('push/notice-log: what a device hears that no push reaches', () => {
  let world: World;
  let phone: SoftwareDevice;
  let desk: SoftwareDevice;
  before(async () => {
    world = await createWorld();
    const { account, device } = world.person('alice');
    phone = device!;
    desk = await enrolDevice(world.server.services, world.issuer, account, { name: 'Desk' });
  });
  after(async () => {
    resetClock();
    await world.close();
  });

  it('is told to the other devices of the account, once, and not to who did it or to who came later', async () => {
    later(1);
    await phone.client.secure();
    await phone.client.resume();
    const told = await heard(desk);
    expect(told.notices.map(({ notice, device }) => ({ notice, device }))).to.deep.equal([
      { notice: 'secured', device: 'Test phone' },
    ]);
    expect(Object.keys(told.notices[0]!)).to.have.members(['id', 'notice', 'device', 'at']);
    expect((await desk.client.notices(told.after)).notices).to.deep.equal([]);
    expect((await phone.client.notices()).notices).to.deep.equal([]);
    expect((await world.person('bob').device!.client.notices()).notices).to.deep.equal([]);
    later(2);
    const { account } = world.person('alice');
    const tablet = await enrolDevice(world.server.services, world.issuer, account, { name: 'Tablet' });
    expect((await tablet.client.notices()).notices).to.deep.equal([]);
    await desk.client.notices('1-x').then(
      () => expect.fail('took it'),
      (error: { code: string }) => expect(error.code).to.equal('invalid_request'),
    );
  });

  it('is shown by the terminal, with what it means', async () => {
    const { account } = world.person('alice');
    const gone = await enrolDevice(world.server.services, world.issuer, account, { name: 'Old [phone]' });
    const stop = new AbortController();
    const shown: string[] = [];
    const ui = { show: (text: string) => void shown.push(text), ask: async () => undefined };
    const running = runTerminalDevice({
      client: desk.client,
      issuer: world.issuer,
      ui,
      signal: stop.signal,
      waitSeconds: 1,
    });
    await until(() => shown.length > 0);
    expect(shown[0])
      .to.include('Your account was secured (Test phone)')
      .and.to.include('tell your administrator');
    await gone.client.remove();
    await until(() => shown.length > 1);
    expect(shown[1]).to.include('A device was removed from your account (Old [phone])');
    stop.abort();
    await running;
    expect(shown).to.have.length(2);
  });

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  /** It is written behind the answer to who caused it. */
  const heard = async (device: SoftwareDevice) => {
    for (;;) {
      const told = await device.client.notices();
      if (told.notices.length > 0) return told;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
});
