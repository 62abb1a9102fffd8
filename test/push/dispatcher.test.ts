import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { expect } from 'chai';
import { Agent, request } from 'undici';
import { AddressRefused, addressAllowed, guardedConnector } from '../../src/push/address-guard.ts';
import { createPushDispatcher, isRefusal, type PushDispatcher } from '../../src/push/dispatcher.ts';
import { EndpointRefused } from '../../src/push/endpoint.ts';
import { type PushService, startPushService } from '../support/push-service.ts';

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it went through');
}

/** A resolver that answers each name with what the test says, one list a call, the last for ever. */
function scripted(...lists: string[][]): { lookup: LookupFunction; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    lookup(_hostname, _options, callback) {
      const list = lists[Math.min(calls++, lists.length - 1)] ?? [];
      callback(
        null,
        list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  };
}

describe('push/dispatcher', () => {
  let service: PushService;
  let dispatcher: PushDispatcher;
  const opened: PushDispatcher[] = [];
  const open = (options: Partial<Parameters<typeof createPushDispatcher>[0]> = {}) => {
    const made = createPushDispatcher({
      allowedHosts: ['localhost', '*.push.example'],
      allowPrivate: true,
      ca: service.ca,
      ...options,
    });
    opened.push(made);
    return made;
  };
  const post = (to: PushDispatcher, endpoint: string) => to.post(endpoint, { ttl: '60' }, Buffer.from('x'));
  const portOf = () => new URL(service.url).port;

  before(async () => {
    service = await startPushService(['a.push.example']);
    dispatcher = open();
  });
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await service.stop();
  });

  it('R44, F10: refuses at the dial every address that is not public', () => {
    for (const address of [
      ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
      ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.0.1', '240.0.0.1', '192.0.2.1'],
      ...['::', '::1', 'fc00::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe'],
      ...['64:ff9b::a9fe:a9fe', '2002:7f00:1::', '2001::1', 'localhost', '127.1', ''],
    ]) {
      expect(addressAllowed(address, false), address).to.equal(false);
    }
    expect(addressAllowed('142.250.1.95', false)).to.equal(true);
    expect(addressAllowed('2a00:1450:4001::5f', false)).to.equal(true);
    expect(addressAllowed('::ffff:142.250.1.95', false)).to.equal(true);
  });

  it('R44: even with allowPrivate no link-local (cloud metadata), multicast or unspecified address', () => {
    expect(addressAllowed('192.168.1.1', true)).to.equal(true);
    for (const address of [
      '169.254.169.254',
      'fe80::1',
      '224.0.0.1',
      '0.0.0.0',
      '::',
      '::ffff:169.254.169.254',
    ]) {
      expect(addressAllowed(address, true), address).to.equal(false);
    }
  });

  it('R44, F10: applies the endpoint rules at every send', async () => {
    const strict = open({ allowPrivate: false, allowedHosts: ['fcm.googleapis.com'] });
    for (const endpoint of [
      'http://fcm.googleapis.com/x',
      'https://127.1/x',
      'https://fcm.googleapis.com.evil.example/x',
      'https://fcm.googleapis.com:22/x',
      'https://user@fcm.googleapis.com/x',
    ]) {
      const error = await failure(post(strict, endpoint));
      expect(error, endpoint).to.be.instanceOf(EndpointRefused);
      expect(isRefusal(error)).to.equal(true);
    }
  });

  it('R44, F10: a name that resolves to a private address is not dialled', async () => {
    for (const address of ['127.0.0.1', '::1', '169.254.169.254', '10.0.0.1', '::ffff:127.0.0.1']) {
      const { lookup, calls } = scripted([address]);
      const strict = open({ allowPrivate: false, lookup });
      const before = service.received.length;
      expect(await failure(post(strict, 'https://a.push.example/x'))).to.be.instanceOf(AddressRefused);
      expect(calls()).to.equal(1);
      expect(service.received.length).to.equal(before);
    }
  });

  it('R44, F10: DNS rebinding: only the addresses of the one look-up that were checked are dialled', async () => {
    // Link-local is refused even for tests, so one list can hold a refused and a good address.
    const mixed = scripted(['169.254.169.254', '127.0.0.1'], ['169.254.169.254']);
    const guarded = open({ lookup: mixed.lookup });
    expect((await post(guarded, `https://a.push.example:${portOf()}/x`)).status).to.equal(404);
    expect(mixed.calls()).to.equal(1);
    await guarded.close();

    const rebound = open({ lookup: mixed.lookup });
    expect(await failure(post(rebound, `https://a.push.example:${portOf()}/x`))).to.be.instanceOf(
      AddressRefused,
    );
  });

  it('R44: an IP literal never reaches a look-up, so the connector refuses it itself', async () => {
    const server = createServer((_req, res) => res.end('inside')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ connect: guardedConnector({ allowPrivate: false, timeoutMs: 2000 }) });
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '[::1]']) {
      const error = await failure(request(`http://${host}:${port}/`, { dispatcher: agent }));
      expect(error, host).to.be.instanceOf(AddressRefused);
    }
    await agent.destroy();
    server.close();
  });

  it('R44: does not follow redirects', async () => {
    const before = service.received.length;
    for (const status of [301, 302, 303, 307, 308]) {
      service.answerNext({ status, headers: { location: `${service.url}/redirected` } });
      expect((await post(dispatcher, `${service.url}/start`)).status).to.equal(status);
    }
    expect(service.received.slice(before).map(({ path }) => path)).to.deep.equal(Array(5).fill('/start'));
  });

  it('R44, F11: gives up on a service that hangs', async () => {
    const quick = open({ timeoutMs: 200 });
    service.answerNext('hang');
    const started = performance.now();
    expect(isRefusal(await failure(post(quick, `${service.url}/x`)))).to.equal(false);
    expect(performance.now() - started).to.be.lessThan(2000);
  });

  it('R44: one time limit covers name resolution, connection and answer together', async () => {
    const never = open({ timeoutMs: 200, lookup: () => {} });
    await failure(post(never, 'https://a.push.example/x'));
    const { lookup } = scripted(['127.0.0.1']);
    const late = open({ timeoutMs: 800, lookup: (...args) => setTimeout(() => lookup(...args), 600) });
    service.answerNext('hang');
    const started = performance.now();
    await failure(post(late, `https://a.push.example:${portOf()}/x`));
    expect(performance.now() - started).to.be.within(600, 1250);
  });

  it('R44, F11: neither a slow nor an endless body holds up the answer', async () => {
    const quick = open({ timeoutMs: 400 });
    service.answerNext('slow-body', { status: 201, body: Buffer.alloc(5_000_000) });
    expect((await post(quick, `${service.url}/x`)).status).to.equal(201);
    expect((await post(quick, `${service.url}/x`)).status).to.equal(201);
    expect((await post(quick, `${service.url}/x`)).status).to.equal(404);
  });

  it('does not trust a certificate nobody vouched for', async () => {
    const stranger = createPushDispatcher({ allowedHosts: ['localhost'], allowPrivate: true });
    opened.push(stranger);
    expect((await failure(post(stranger, `${service.url}/x`))) as Error & { code: string }).to.have.property(
      'code',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
  });

  it('keeps connections alive and bounds them', async () => {
    const bounded = open({ connections: 2 });
    const before = service.received.length;
    await Promise.all(Array.from({ length: 20 }, () => post(bounded, `${service.url}/x`)));
    expect(new Set(service.received.slice(before).map(({ connection }) => connection)).size).to.equal(2);
  });
});
