import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Account } from '../../src/accounts/account.ts';
import type { AuditRecord } from '../../src/audit/audit.ts';
import type { Passkey, PasskeyList } from '../../src/passkey/passkey.ts';
import { keys } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

describe('countersign user bypass and grace', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  let sub: string;
  let sink: SmtpSink;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-sink-'));
    sink = await startSmtpSink();
    await writeFile(join(folder, 'ca.pem'), sink.ca);
    cli = await createCliWorld({
      mail: { host: '127.0.0.1', port: sink.port, from: 'a@id.example', caFile: join(folder, 'ca.pem') },
    });
    const added = await cli.json<{ sub: string }>(
      ['user', 'add', 'ben', '--email', 'ben@example.org', '--password-stdin'],
      {
        stdin: 'four grey owls whisper\n',
      },
    );
    sub = added.sub;
  });
  after(async () => {
    await cli.close();
    await sink.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const events = async () =>
    (await cli.run(['events', '--user', 'ben', '--json'])).stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as AuditRecord);

  it('R49: a code is printed once, is stored as a hash, and is an event with its reason but not the code', async () => {
    const given = await cli.json<{ code: string; expiresAt: number }>([
      ...['user', 'bypass', 'ben', '--for', '15min', '--reason', 'phone in repair'],
    ]);
    expect(given.code).to.match(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
    expect(given.expiresAt - Date.now()).to.be.closeTo(15 * 60_000, 30_000);
    const store = await openStore({ dataDir: join(cli.dir, 'data') });
    const stored = JSON.stringify(await store.get(keys.bypass(sub)));
    await store.close();
    expect(stored).to.include('"hash"').and.not.include(given.code.replaceAll('-', ''));
    const event = (await events()).find(({ type }) => type === 'bypass.given');
    expect(event).to.deep.include({ by: 'cli', reason: 'phone in repair' });
    expect(JSON.stringify(await events())).not.to.include(given.code);
    const [told] = await sink.waitFor(1);
    expect(told!.to).to.deep.equal(['ben@example.org']);
    expect(told!.raw).to.include('administrator made a code').and.not.include(given.code);
    const back = ['user', 'bypass', 'ben', '--take-back', '--reason', 'found it'];
    expect((await cli.json<{ takenBack: boolean }>(back)).takenBack).to.equal(true);
    expect((await cli.json<{ takenBack: boolean }>(back)).takenBack).to.equal(false);
  });

  it('needs a reason and a sensible time, and is not made under policy.profile nist', async () => {
    for (const [code, args, said] of [
      [2, ['bypass', 'ben'], '--reason'],
      [2, ['bypass', 'ben', '--reason', ' '], 'wanted a few words'],
      [2, ['bypass', 'ben', '--reason', 'x', '--for', '3d'], 'wanted a duration from 1min to 24h'],
      [2, ['grace', 'ben', '--reason', 'x', '--for', '1min'], 'wanted a duration from 10min to 14d'],
      [1, ['grace', 'nobody', '--reason', 'x'], 'no user'],
    ] as const) {
      const run = await cli.run(['user', ...args]);
      expect([run.code, run.stderr.includes(said)], args.join(' ')).to.deep.equal([code, true]);
    }
    const nist = { env: { COUNTERSIGN_POLICY_PROFILE: 'nist' } };
    const refused = await cli.run(['user', 'bypass', 'ben', '--reason', 'x'], nist);
    expect([refused.code, refused.stderr.includes('policy.profile is nist')]).to.deep.equal([1, true]);
  });

  it('R24: a window for a first device is a flag on that account, with a reason, and can be ended', async () => {
    const until = async () => {
      const store = await openStore({ dataDir: join(cli.dir, 'data') });
      const account = (await store.get<Account>(keys.account(sub)))?.value;
      await store.close();
      return account?.firstDeviceUntil;
    };
    const opened = await cli.run(['user', 'grace', 'ben', '--for', '24h', '--reason', 'new here']);
    expect([opened.code, opened.stdout.includes('first device')]).to.deep.equal([0, true]);
    expect((await sink.waitFor(2))[1]!.raw).to.include('may add a device');
    expect((await until())! * 1000 - Date.now()).to.be.closeTo(86_400_000, 60_000);
    expect((await cli.run(['user', 'grace', 'ben', '--end', '--reason', 'done'])).code).to.equal(0);
    expect(await until()).to.equal(null);
    const store = await openStore({ dataDir: join(cli.dir, 'data') });
    const list: PasskeyList = { v: 1, handle: 'h', passkeys: [{ id: 'x' } as Passkey] };
    await store.put(keys.passkeys(sub), list, { if: 'any', ttlMs: null });
    await store.close();
    const refused = await cli.run(['user', 'grace', 'ben', '--reason', 'x']);
    expect([refused.code, refused.stderr.includes('has a passkey')]).to.deep.equal([1, true]);
    const types = (await events()).map(({ type }) => type);
    expect(types).to.include('account.first_device_opened').and.include('account.first_device_closed');
  });
});
