import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { type DemoProcess, startDemoProcess } from '../support/demo-process.ts';
import { freePort } from '../support/start-server.ts';

describe('a browser window as the demo user’s phone', function () {
  this.timeout(120_000);
  let data: string;
  let app: string;
  let demo: DemoProcess;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'countersign-demo-phone-'));
    const [port, appPort] = [await freePort(), await freePort()];
    app = `http://localhost:${appPort}`;
    demo = startDemoProcess(['--data', data, '--port', `${port}`, '--app-port', `${appPort}`]);
    await demo.until(/Waiting for a request/);
  });
  after(async () => {
    await demo.stop();
    await rm(data, { recursive: true, force: true });
  });

  /** What the window does: takes the link, makes a key, enrols. */
  async function addPhone(name: string) {
    const led = await fetch(`${app}/phone`, { redirect: 'manual' });
    const link = led.headers.get('location') ?? '';
    const { issuer, secret } = parseEnrolmentLink(link)!;
    expect(link).to.match(new RegExp(`^${issuer}/authenticator/enrol#`));
    const client = createDeviceClient({ issuer, fetch, key: nobleKey('ES256') });
    const { device } = await client.enrol({ ticket: { secret }, name, kind: 'web' });
    return { client, fingerprint: device.fingerprint };
  }

  it('is asked about in the terminal by name and fingerprint, and added by a y', async () => {
    expect(demo.stdout).to.include(`${app}/phone`);
    const { client, fingerprint } = await addPhone('Window one');
    await demo.until(new RegExp(`Window one[\\s\\S]*${fingerprint}[\\s\\S]*y or n`));
    demo.type('y');
    expect((await client.status({ wait: 25 })).device.state).to.equal('active');
  });

  it('is refused by anything else', async () => {
    const { client } = await addPhone('Window two');
    await demo.until(/Window two[\s\S]*y or n/);
    demo.type('');
    await demo.until(/Refused/);
    expect((await client.status()).device.state).to.equal('cancelled');
  });
});
