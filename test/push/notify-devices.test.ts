import { expect } from 'chai';
import type { Challenge } from '../../src/approval/challenge.ts';
import type { Device } from '../../src/devices/device.ts';
import { createPushDispatcher, type PushDispatcher } from '../../src/push/dispatcher.ts';
import {
  createNotifier,
  type NotifierOptions,
  type PushEvent,
  payloadFor,
} from '../../src/push/notify-devices.ts';
import { createPusher, type Pusher } from '../../src/push/send.ts';
import { generateVapidKeys } from '../../src/push/vapid.ts';
import { type PushService, startPushService } from '../support/push-service.ts';

function challenge(changes: Partial<Challenge> = {}): Challenge {
  const now = Date.now();
  return {
    v: 1,
    id: `${'r'.repeat(43)}.chain-1`,
    chain: 'chain-1',
    account: 'sub-1',
    browser: 'hash-of-cookie',
    known: false,
    client: { id: 'app', name: 'Payroll' },
    purpose: 'sign-in',
    number: '482913',
    qr: 'canary-qr-secret',
    context: {
      ver: 1,
      purpose: 'sign-in',
      app: { name: 'Payroll', host: 'payroll.example' },
      account: 'alice',
      address: '203.0.113.9',
      place: 'Netherlands',
      browser: 'Firefox',
      system: 'Linux',
      at: Math.floor(now / 1000),
    },
    nonce: 'canary-nonce',
    devices: [],
    listed: true,
    createdAt: now,
    expiresAt: now + 120_000,
    state: 'pending',
    wrong: 0,
    ...changes,
  };
}

function device(id: string, subscription: Device['subscription'], state: Device['state'] = 'active'): Device {
  return {
    id,
    name: id,
    kind: 'web',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' },
    alg: 'EdDSA',
    thumbprint: id,
    subscription,
    enrolledAt: 0,
    lastSeenAt: 0,
    state,
  };
}

describe('push/notify-devices', () => {
  let service: PushService;
  let dispatcher: PushDispatcher;
  let pusher: Pusher;
  let events: PushEvent[];
  let gone: [string, string][];
  let sent: string[];
  const notifier = (changes: Partial<NotifierOptions> = {}) =>
    createNotifier({
      pusher,
      record: (event) => {
        events.push(event);
      },
      onGone: (id, endpoint) => {
        gone.push([id, endpoint]);
      },
      onSent: (_challenge, id) => {
        sent.push(id);
      },
      ...changes,
    });

  before(async () => {
    service = await startPushService();
    dispatcher = createPushDispatcher({ allowedHosts: ['localhost'], allowPrivate: true, ca: service.ca });
    pusher = createPusher({
      vapidKeys: await generateVapidKeys(),
      subject: 'mailto:admin@example.org',
      dispatcher,
    });
  });
  after(async () => {
    await dispatcher.close();
    await service.stop();
  });
  beforeEach(() => {
    service.forget();
    events = [];
    gone = [];
    sent = [];
  });

  it('R3: the decrypted push says what a notification needs, never number, QR secret or nonce', async () => {
    const notify = notifier();
    const open = challenge();
    notify.notify(open, [device('d1', service.createSubscription().record)]);
    await notify.idle();
    const [push] = service.received;
    expect(push?.payload).to.deep.equal({
      v: 1,
      type: 'challenge',
      id: open.id,
      app: 'Payroll',
      place: 'Netherlands',
      browser: 'Firefox',
      exp: Math.floor(open.expiresAt / 1000),
    });
    for (const secret of [open.number, open.qr, open.nonce, open.browser, open.context.address]) {
      expect(push?.plaintext).to.not.contain(secret);
      expect(JSON.stringify(push?.headers)).to.not.contain(secret);
    }
  });

  it('sends with the life that is left, urgently, one topic a chain that does not tell the chain', async () => {
    const notify = notifier();
    const { record } = service.createSubscription();
    notify.notify(challenge(), [device('d1', record)]);
    await notify.idle();
    notify.notify(challenge({ id: 'another.chain-1', expiresAt: Date.now() + 30_500 }), [
      device('d1', record),
    ]);
    await notify.idle();
    notify.notify(challenge({ id: 'third.chain-2', chain: 'chain-2' }), [device('d1', record)]);
    await notify.idle();
    const [one, two, three] = service.received.map(({ headers }) => headers);
    expect(Number(one?.['ttl'])).to.be.within(118, 120);
    expect(Number(two?.['ttl'])).to.be.within(28, 30);
    expect(one?.['urgency']).to.equal('high');
    expect(one?.['topic'])
      .to.match(/^[\w-]{32}$/)
      .and.equal(two?.['topic'])
      .and.not.equal(three?.['topic']);
  });

  it('sends to every active device that has a subscription, each on its own', async () => {
    const notify = notifier();
    const subscription = () => service.createSubscription().record;
    service.answerNext({ status: 413 });
    notify.notify(challenge(), [
      device('d1', subscription()),
      device('d2', null),
      device('d3', subscription(), 'revoked'),
      device('d4', subscription()),
    ]);
    await notify.idle();
    expect(service.received).to.have.length(2);
    expect(events.map((event) => event.device).sort()).to.deep.equal(['d1', 'd4']);
    expect(events.map((event) => event.outcome).sort()).to.deep.equal(['delivered-to-service', 'failed']);
    expect(sent).to.have.length(1);
  });

  it('F11: 410 reports the subscription as gone, with the endpoint it was', async () => {
    const notify = notifier();
    const { record } = service.createSubscription();
    service.answerNext({ status: 410 });
    notify.notify(challenge(), [device('d1', record)]);
    await notify.idle();
    expect(gone).to.deep.equal([['d1', record.endpoint]]);
    expect(events[0]).to.include({
      type: 'push',
      outcome: 'gone',
      status: 410,
      account: 'sub-1',
      device: 'd1',
    });
  });

  it('R49: what is recorded holds no endpoint, number or key', async () => {
    const notify = notifier();
    const { record } = service.createSubscription();
    notify.notify(challenge(), [device('d1', record)]);
    await notify.idle();
    const text = JSON.stringify(events);
    for (const secret of [record.endpoint, '/push/', record.keys.auth, '482913', 'canary']) {
      expect(text).to.not.contain(secret);
    }
  });

  it('R42, F11: notify returns before anything is encrypted or sent, and never throws', async () => {
    const calls: string[] = [];
    const broken: Pusher = {
      send() {
        calls.push('send');
        throw new Error('broken');
      },
    };
    const notify = notifier({ pusher: broken });
    notify.notify(challenge(), [device('d1', service.createSubscription().record)]);
    expect(calls).to.deep.equal([]);
    await notify.idle();
    expect(calls).to.deep.equal(['send']);
    expect(events[0]).to.include({ outcome: 'failed', error: 'Error', attempts: 0 });
  });

  it('records one event when onGone fails, and survives a recorder that fails', async () => {
    const fail = () => Promise.reject(new RangeError('store down'));
    const subscription = () => service.createSubscription().record;
    service.answerNext({ status: 410 }, { status: 410 });
    const notify = notifier({ onGone: fail });
    notify.notify(challenge(), [device('d1', subscription())]);
    await notify.idle();
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ outcome: 'gone', error: 'RangeError' });
    const mute = notifier({ record: fail });
    mute.notify(challenge(), [device('d1', subscription())]);
    await mute.idle();
    expect(gone).to.have.length(1);
  });

  it('drops pushes past the limit on those under way, and says so', async () => {
    const notify = notifier({ maxUnderWay: 1 });
    const subscription = () => service.createSubscription().record;
    notify.notify(challenge(), [device('d1', subscription()), device('d2', subscription())]);
    await notify.idle();
    expect(service.received).to.have.length(1);
    expect(events.find((event) => event.device === 'd2')?.outcome).to.equal('dropped');
  });

  it('close ends waiting for a retry, waits for what is under way, takes nothing new', async () => {
    const notify = notifier();
    const subscription = () => service.createSubscription().record;
    service.answerNext({ status: 429, headers: { 'retry-after': '60' } });
    notify.notify(challenge(), [device('d1', subscription())]);
    await service.receivedCount(1);
    await notify.close();
    expect(events[0]).to.include({ device: 'd1', outcome: 'failed' });
    notify.notify(challenge(), [device('d2', subscription())]);
    await notify.idle();
    expect(service.received).to.have.length(1);
  });

  it('close is bounded when a push service hangs', async () => {
    const notify = notifier({ closeTimeoutMs: 100 });
    service.answerNext('hang');
    notify.notify(challenge(), [device('d1', service.createSubscription().record)]);
    await service.receivedCount(1);
    const started = performance.now();
    await notify.close();
    expect(performance.now() - started).to.be.lessThan(3000);
  });

  it('the longest names in any script fit and lose what could mislead', async () => {
    const long = challenge({ id: `${'r'.repeat(43)}.${'c'.repeat(43)}` });
    const name = `\u202e\u0007${'😀'.repeat(200)}`;
    const context = { ...long.context, app: { name, host: 'x' }, place: name, browser: name };
    const payload = payloadFor({ ...long, context });
    expect(payload.app).to.equal(`${'😀'.repeat(39)}…`);
    const notify = notifier();
    notify.notify({ ...long, context }, [device('d1', service.createSubscription().record)]);
    await notify.idle();
    expect(events[0]?.outcome).to.equal('delivered-to-service');
  });
});
