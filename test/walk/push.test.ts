import { expect } from 'chai';
import { type PushService, startPushService } from '../support/push-service.ts';
import { enrolDevice, type SoftwareDevice } from '../support/software-device.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: a real push, over TLS to a push service, decrypted by the device', () => {
  let world: World;
  let service: PushService;
  let phone: SoftwareDevice;
  before(async () => {
    service = await startPushService();
    world = await createWorld({
      config: {
        push: await service.settings(),
        limits: {
          push: { perAccount: [{ max: 999, window: '10min' }], knownBrowser: { max: 999, window: '10min' } },
          password: { perAccount: { max: 999, window: '10min' }, perAddress: { max: 999, window: '10min' } },
        },
      },
    });
    const { services, issuer } = world.server;
    phone = await enrolDevice(services, issuer, world.person('carol').account, {
      name: 'Pixel 9',
      subscription: service.createSubscription().record,
    });
  });
  after(async () => {
    await world.close();
    await service.stop();
  });
  beforeEach(() => world.forgetOpen());

  it('R3: wakes the device with what to show, and without the number', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    await service.receivedCount(1);
    const [push] = service.received;
    const challenge = await phone.newest();
    expect(push!.payload).to.include({ v: 1, type: 'challenge', id: challenge.id, app: 'App app' });
    expect(push!.plaintext).not.to.include(world.number(page));
    expect(Number(push!.headers['ttl'])).to.be.within(1, 120);
    expect(push!.headers).to.include({ urgency: 'high', 'content-encoding': 'aes128gcm' });
    await phone.approve(world.number(page));
    expect((await world.walk(browser, await world.post(browser, page, 'continue'))).code).to.be.a('string');
  });

  it('R61: a GET, a reload and a step-up redirect send nothing; a click sends one', async () => {
    const browser = new TestBrowser();
    await world.signIn(browser, {}, 'lax', { name: 'carol' });
    const before = service.received.length;
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    for (let n = 0; n < 3; n++) await browser.request(page.url);
    await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    expect(service.received).to.have.length(before);
    await world.post(browser, page, 'send');
    await service.receivedCount(before + 1);
    expect(service.received).to.have.length(before + 1);
  });

  it('F11: a dead subscription is forgotten, the page does not differ, and the device still gets its request', async () => {
    service.answerNext({ status: 410 });
    const before = service.received.length;
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push', name: 'carol' });
    await service.receivedCount(before + 1);
    const { devices } = world.server.services;
    const gone = async () => (await devices.find(phone.id))?.subscription === null;
    while (!(await gone())) await new Promise((resolve) => setImmediate(resolve));
    await phone.approve(world.number(page));
    expect((await world.walk(browser, await world.post(browser, page, 'continue'))).code).to.be.a('string');
  });

  it('F12: a subscription moves only by a call signed with the device’s key; the place it was at is told, and written down', async () => {
    const old = service.createSubscription();
    const moved = service.createSubscription();
    await phone.client.updateSubscription(old.record);
    const about = (endpoint: string) => service.received.filter((push) => push.endpoint === endpoint);
    const stranger = await fetch(`${world.issuer}/device/v1/device/subscription`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', cookie: 'session=whatever' },
      body: JSON.stringify({ subscription: moved.record }),
    });
    expect(stranger.status).to.equal(401);

    const before = service.received.length;
    await phone.client.updateSubscription(moved.record);
    await service.receivedCount(before + 1);
    const [told] = about(old.record.endpoint);
    expect(told!.payload).to.include({ type: 'notice', notice: 'push-moved', device: 'Pixel 9' });
    // The same again moves nothing.
    await phone.client.updateSubscription(moved.record);
    const { page } = await world.walk(new TestBrowser(), world.authorize(), { until: 'push', name: 'carol' });
    await service.receivedCount(before + 2);
    expect(about(moved.record.endpoint)[0]!.payload).to.include({ type: 'challenge' });
    expect(about(old.record.endpoint)).to.have.length(1);
    expect(page.text).not.to.include('push-moved');
    const { account } = world.person('carol');
    const { events } = await world.server.services.audit.read({ account: account.sub }, { limit: 1000 });
    const changes = events.filter(({ event }) => event.type === 'device.subscription_changed');
    expect(changes.length).to.be.greaterThan(1);
  });
});
