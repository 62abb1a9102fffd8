import { expect } from 'chai';
import { createPushDispatcher, type PushDispatcher } from '../../src/push/dispatcher.ts';
import { createPusher, type Pusher } from '../../src/push/send.ts';
import { generateVapidKeys, type VapidKeys } from '../../src/push/vapid.ts';
import { type PushAnswer, type PushService, startPushService } from '../support/push-service.ts';

describe('push/send', () => {
  let vapidKeys: VapidKeys;
  let service: PushService;
  let dispatcher: PushDispatcher;
  let pusher: Pusher;
  /** The clock moves only by the pusher's waits, which are noted. */
  let clock: number;
  let waits: number[];

  before(async () => {
    vapidKeys = await generateVapidKeys();
    service = await startPushService();
    dispatcher = createPushDispatcher({
      allowedHosts: ['localhost'],
      allowPrivate: true,
      ca: service.ca,
      timeoutMs: 300,
    });
  });
  after(async () => {
    await dispatcher.close();
    await service.stop();
  });
  beforeEach(() => {
    clock = Date.now();
    waits = [];
    service.forget();
    pusher = createPusher({
      vapidKeys,
      subject: 'mailto:admin@example.org',
      dispatcher,
      now: () => clock,
      delay: async (ms) => {
        waits.push(ms);
        clock += ms;
      },
    });
  });
  const options = { ttlS: 120, urgency: 'high', topic: 'topic_1' } as const;
  const send = (...answers: PushAnswer[]) => {
    service.answerNext(...answers);
    return pusher.send(service.createSubscription(vapidKeys.publicKey).record, { hello: 'world' }, options);
  };

  it('R45, R46: a strict push service takes it and the user agent decrypts it', async () => {
    expect(await send()).to.deep.equal({ outcome: 'delivered-to-service', status: 201, attempts: 1 });
    const [push] = service.received;
    expect(push?.refused).to.equal(undefined);
    expect(push?.payload).to.deep.equal({ hello: 'world' });
    expect(push?.headers).to.include({ ttl: '120', urgency: 'high', topic: 'topic_1' });
    expect(push?.headers['content-encoding']).to.equal('aes128gcm');
    expect(push?.vapid?.aud).to.equal(service.url);
    expect(push!.vapid!.exp).to.be.at.most(Date.now() / 1000 + 86_400);
  });

  it('every message has the same size, under 1 KB, and its own key and salt', async () => {
    const { record } = service.createSubscription();
    await pusher.send(record, { a: 1 }, options);
    await pusher.send(record, { a: 'é'.repeat(400) }, options);
    const [one, two] = service.received;
    expect(one?.body.length).to.equal(two?.body.length).and.to.be.lessThan(1024);
    expect(one?.body.subarray(0, 16).equals(two!.body.subarray(0, 16))).to.equal(false);
    expect(one?.body.subarray(21, 86).equals(two!.body.subarray(21, 86))).to.equal(false);
    expect(one?.headers.authorization).to.equal(two?.headers.authorization);
  });

  it('refuses a payload that does not fit and a topic that is none', async () => {
    const { record } = service.createSubscription();
    const failure = async (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: Error) => error.name,
      );
    expect(await failure(pusher.send(record, { a: 'x'.repeat(900) }, options))).to.equal('RangeError');
    for (const topic of ['', 'a b', 'x'.repeat(33)]) {
      expect(await failure(pusher.send(record, {}, { ...options, topic }))).to.equal('TypeError');
    }
    expect(service.received).to.have.length(0);
  });

  for (const status of [404, 410]) {
    it(`F11: ${status} means gone, without a retry`, async () => {
      expect(await send({ status })).to.deep.equal({ outcome: 'gone', status, attempts: 1 });
    });
  }

  for (const status of [301, 307, 400, 401, 403, 413]) {
    it(`R44, F11: ${status} means failed, without a retry`, async () => {
      const answer = { status, headers: { location: `${service.url}/elsewhere` } };
      expect(await send(answer)).to.deep.equal({ outcome: 'failed', status, attempts: 1 });
      expect(service.received).to.have.length(1);
    });
  }

  it('F11: 429 is retried after Retry-After in seconds, with the life that is left', async () => {
    const result = await send({ status: 429, headers: { 'retry-after': '7' } });
    expect(result).to.deep.equal({ outcome: 'delivered-to-service', status: 201, attempts: 2 });
    expect(waits).to.deep.equal([7000]);
    expect(service.received.map(({ headers }) => headers['ttl'])).to.deep.equal(['120', '113']);
  });

  it('F11: Retry-After as a date', async () => {
    const date = new Date(clock + 10_000).toUTCString();
    expect((await send({ status: 503, headers: { 'retry-after': date } })).attempts).to.equal(2);
    expect(waits[0]).to.be.within(8_999, 10_000);
  });

  it('F11: a Retry-After of 0, in the past or senseless cannot make it spin', async () => {
    const at = (field: string) => ({ status: 429, headers: { 'retry-after': field } });
    const past = new Date(clock - 60_000).toUTCString();
    expect((await send(at('0'), at(past), at('soon'))).attempts).to.equal(4);
    for (const wait of waits) expect(wait).to.be.at.least(250);
  });

  it('F11: a Retry-After past the end of the message ends in expired, at once', async () => {
    const result = await send({ status: 429, headers: { 'retry-after': '3600' } });
    expect(result).to.deep.equal({ outcome: 'expired', status: 429, attempts: 1 });
    expect(waits).to.deep.equal([]);
  });

  it('F11: 5xx, a reset and a hang are retried with growing waits', async () => {
    const result = await send({ status: 500 }, 'reset', 'hang', { status: 503 });
    expect(result.outcome).to.equal('delivered-to-service');
    expect(result.attempts).to.equal(5);
    expect(waits).to.have.length(4);
    waits.forEach((wait, i) => {
      expect(wait).to.be.within(250 * 2 ** i, 500 * 2 ** i);
    });
  });

  it('F11: a service that stays down is given up inside the life of the message', async () => {
    const begun = clock;
    const result = await send(...Array<PushAnswer>(20).fill({ status: 500 }));
    expect(result).to.include({ outcome: 'failed', status: 500, attempts: 8 });
    expect(clock - begun).to.be.lessThan(120_000);
  });

  it('a slow body does not matter', async () => {
    expect((await send('slow-body')).outcome).to.equal('delivered-to-service');
  });

  it('nothing is sent for a message whose life is over', async () => {
    const { record } = service.createSubscription();
    const result = await pusher.send(record, {}, { ...options, ttlS: 0 });
    expect(result).to.deep.equal({ outcome: 'expired', attempts: 0 });
    expect(service.received).to.have.length(0);
  });

  it('R44: a stored subscription whose host is no longer allowed fails without a retry', async () => {
    const { record } = service.createSubscription();
    const elsewhere = { ...record, endpoint: 'https://evil.example/x' };
    const result = await pusher.send(elsewhere, {}, options);
    expect(result).to.deep.equal({ outcome: 'failed', error: 'push_endpoint_refused', attempts: 1 });
  });

  it('keys that cannot be encrypted to fail without a retry', async () => {
    const { record } = service.createSubscription();
    const keys = { ...record.keys, p256dh: Buffer.alloc(65, 4).toString('base64url') };
    const result = await pusher.send({ ...record, keys }, {}, options);
    expect(result).to.include({ outcome: 'failed', attempts: 1 });
  });

  it('an abort ends the waiting between attempts', async () => {
    const closing = new AbortController();
    const real = createPusher({ vapidKeys, subject: 'mailto:admin@example.org', dispatcher });
    service.answerNext({ status: 429, headers: { 'retry-after': '60' } });
    const sending = real.send(
      service.createSubscription().record,
      {},
      { ...options, signal: closing.signal },
    );
    await service.receivedCount(1);
    closing.abort();
    expect(await sending).to.include({ outcome: 'failed', attempts: 1 });
  });
});
