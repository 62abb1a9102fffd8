import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { linkSecret } from '../../src/devices/enrolment-tickets.ts';
import { groupCode } from '../../src/protocol/crockford.ts';
import type { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { createDeviceClient } from '../../src/protocol/device-client.ts';
import { enrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { enrolTerminal } from '../../src/terminal-device/enrol.ts';
import { KeyFileRefused, readKeyFile } from '../../src/terminal-device/key-file.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { runTerminalDevice } from '../../src/terminal-device/run.ts';
import type { TerminalUi } from '../../src/terminal-device/terminal-ui.ts';
import { plain } from '../../src/terminal-device/words.ts';
import { type DeviceServer, deviceServer } from '../support/device-server.ts';

/** A person at the terminal: answers each question with the next line, once there is one. */
function person() {
  const shown: string[] = [];
  const lines: string[] = [];
  let asked = 0;
  const ui: TerminalUi = {
    show: (text) => void shown.push(text),
    async ask(_question, signal) {
      asked++;
      while (lines.length === 0 && !signal.aborted) await tick();
      return signal.aborted ? undefined : lines.shift();
    },
  };
  return { ui, shown, type: (line: string) => void lines.push(line), asked: () => asked };
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await tick();
}

describe('terminal-device', () => {
  let server: DeviceServer;
  let folder: string;
  before(async () => {
    server = await deviceServer();
    folder = await mkdtemp(join(tmpdir(), 'countersign-device-'));
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('R26, R27: enrols by link and by typed code, and waits for the page to confirm the same fingerprint', async () => {
    for (const how of ['link', 'code'] as const) {
      const file = join(folder, `${how}.json`);
      const enrolment = await server.enrolments.open({
        account: 'acct-ada',
        userName: 'ada',
        approval: 'none',
      });
      const { ui, shown } = person();
      const invitation =
        how === 'link'
          ? {
              link: enrolmentLink(`${server.issuer}/enrol`, {
                issuer: server.issuer,
                secret: linkSecret(enrolment),
              }),
            }
          : { issuer: server.issuer, code: groupCode(enrolment.code).toLowerCase(), userName: 'ada' };
      const done = enrolTerminal({
        file,
        invitation,
        name: 'Desk',
        ui,
        signal: new AbortController().signal,
      });
      await until(() => shown.length > 1);
      const seen = (await server.enrolments.find('acct-ada', enrolment.id))?.device;
      await server.enrolments.confirm('acct-ada', enrolment.id, seen?.thumbprint ?? '');
      expect(await done).to.equal('active');
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      expect((await readKeyFile(file))?.kid).to.equal(seen?.id);
    }
  });

  it('refuses a key file that others may read', async () => {
    const file = join(folder, 'link.json');
    await chmod(file, 0o640);
    const refused = await readKeyFile(file).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(KeyFileRefused);
    expect(String(refused)).to.contain('0640');
  });

  it('shows two requests one after the other, takes a wrong number back, approves and denies, stops at Ctrl-C', async () => {
    const { client } = await server.enrolled('bob');
    const { ui, shown, type } = person();
    const stop = new AbortController();
    const running = runTerminalDevice({ client, issuer: server.issuer, ui, signal: stop.signal });
    const first = await server.request('bob');
    await until(() => shown.some((s) => s.includes('Who     bob')));
    type(`${first.number === '111111' ? '222222' : '111111'} a`);
    await until(() => shown.some((s) => s.includes('not the number')));
    const second = await server.request('bob');
    type(`${first.number.slice(0, 3)} ${first.number.slice(3)} a`);
    await until(() => shown.some((s) => s.startsWith('Approved')));
    type('d');
    await until(() => shown.some((s) => s.startsWith('Denied')));
    stop.abort();
    expect(await running).to.equal('stopped');
    expect((await server.approvals.find(first.chain))?.state).to.equal('approved');
    expect((await server.approvals.find(second.chain))?.state).to.equal('denied');
    expect(shown.join('\n')).not.to.contain(first.number);
    await client.remove();
  });

  it('ends the question when a newer request takes the place of this one', async () => {
    const { client } = await server.enrolled('bob');
    const { ui, shown, asked } = person();
    const stop = new AbortController();
    const running = runTerminalDevice({ client, issuer: server.issuer, ui, signal: stop.signal });
    const made = await server.request('bob', { browser: 'same' });
    await until(() => asked() > 0);
    await server.request('bob', { browser: 'same' });
    await until(() => shown.some((s) => s.includes('A newer request')));
    expect((await server.approvals.find(made.chain))?.state).to.equal('superseded');
    stop.abort();
    await running;
    await client.remove();
  });

  it('approves by itself on loopback only, with a number that the caller brings', async () => {
    const { client } = await server.enrolled('bob');
    const { ui, shown } = person();
    const stop = new AbortController();
    const numbers = new Map<string, string>();
    const autoApprove = { numberFor: async (id: string) => numbers.get(id) };
    const away = runTerminalDevice({
      client,
      issuer: 'https://id.example.com',
      ui,
      signal: stop.signal,
      autoApprove,
    });
    expect(await away.catch((error: unknown) => error)).to.be.instanceOf(TypeError);
    const made = await server.request('bob');
    numbers.set(made.id, made.number);
    const running = runTerminalDevice({
      client,
      issuer: server.issuer,
      ui,
      signal: stop.signal,
      autoApprove,
    });
    await until(() => shown.some((s) => s.startsWith('Approved')));
    stop.abort();
    await running;
    await client.remove();
  });

  it('goes on after a lost connection, and says so once; ends when the device is removed', async () => {
    const { client, id } = await server.enrolled('bob');
    const { ui, shown } = person();
    let failures = 3;
    const flaky = {
      ...client,
      pending: async (o?: Parameters<typeof client.pending>[0]) =>
        failures-- > 0 ? Promise.reject(new TypeError('fetch failed')) : client.pending(o),
    };
    const signal = new AbortController().signal;
    const running = runTerminalDevice({
      client: flaky,
      issuer: server.issuer,
      ui,
      signal,
      pause: async () => {},
    });
    await until(() => shown.includes('Connected again.'));
    expect(shown.filter((s) => s.startsWith('No connection'))).to.have.length(1);
    await server.devices.revoke('acct-bob', id);
    expect(await running).to.equal('removed');
  });

  it('ends for a server that does not know this device, but takes no other refusal for a removal', async () => {
    const signal = new AbortController().signal;
    const run = async (issuer: string, kid: string) =>
      runTerminalDevice({
        client: createDeviceClient({ issuer, fetch, key: nobleKey('EdDSA'), kid }),
        issuer: server.issuer,
        ui: person().ui,
        signal,
      }).catch((error: DeviceApiError) => error.code);
    const { id } = await server.enrolled('bob');
    expect(await run(server.issuer, 'acct-bob.AAAAAAAAAAAAAAAAAAAAAA')).to.equal('removed');
    expect(await run(server.issuer.replace('127.0.0.1', 'localhost'), id)).to.equal('invalid_proof');
  });

  it('prints no control characters from elsewhere', () => {
    expect(plain('a\u001b[2Jb\nc\u202ed')).to.match(/^[^\p{Cc}\u202e]+$/u);
    expect([...plain('x'.repeat(500))].length).to.be.at.most(80);
  });
});
