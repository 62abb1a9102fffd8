import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SINK_PASSWORD, SINK_USER, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { enrolDevice } from '../support/software-device.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('mail: what people are told of their account', () => {
  let dir: string;
  let sink: SmtpSink;
  let world: World;
  const lines: string[] = [];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'countersign-mail-'));
    sink = await startSmtpSink({ auth: true });
    await writeFile(join(dir, 'ca.pem'), sink.ca);
    await writeFile(join(dir, 'password'), `${SINK_PASSWORD}\n`);
    world = await createWorld({
      onLog: (line) => lines.push(line),
      config: {
        mail: {
          host: '127.0.0.1',
          port: sink.port,
          from: 'Acme sign-in <no-reply@id.example>',
          user: SINK_USER,
          passwordFile: join(dir, 'password'),
          caFile: join(dir, 'ca.pem'),
        },
      },
    });
  });
  after(async () => {
    await world.close();
    await sink.stop();
    await rm(dir, { recursive: true });
  });
  beforeEach(() => sink.received.splice(0));

  const events = async (type: string) => {
    const { audit } = world.server.services;
    await audit.flush();
    const { events: all } = await audit.read({ account: world.person('alice').account.sub }, { limit: 1000 });
    return all.map(({ event }) => event).filter((event) => event.type === type);
  };

  it('R28: every address of the account hears of it, each in a mail of its own, encrypted and signed in', async () => {
    const { account, device } = world.person('alice');
    await world.server.services.accounts.addEmail(account.sub, 'alice@home.example', true);
    await device!.client.secure();
    const mails = await sink.waitFor(2);
    expect(mails.map(({ to }) => to)).to.have.deep.members([['alice@example.com'], ['alice@home.example']]);
    for (const { raw, secure, user } of mails) {
      expect(secure).to.equal(true);
      expect(user).to.equal(SINK_USER);
      expect(raw).to.match(/^Subject: Your account was secured \(Countersign\)\r$/m);
      expect(raw).to.match(/^From: "?Acme sign-in"? <no-reply@id.example>\r$/m);
      expect(raw).to.match(/^Auto-Submitted: auto-generated\r$/m);
      expect(raw)
        .to.match(/^Content-Type: text\/plain/m)
        .and.to.match(/^Content-Type: text\/html/m);
      expect(raw)
        .to.include('Account: alice')
        .and.to.match(/^Device: ([^=\s]+)/m);
    }
    await device!.client.resume();
    await world.server.services.accounts.removeEmail(account.sub, 'alice@home.example');
    expect(await events('mail.sent')).to.have.length(2);
  });

  it('R28: a device that removes itself, and one that is reported from, too; a name makes no link', async () => {
    const { account } = world.person('alice');
    const name = 'Go to https://evil.example/x <b>now</b>';
    const device = await enrolDevice(world.server.services, world.issuer, account, { name });
    await device.client.remove();
    const [mail] = await sink.waitFor(1);
    expect(mail!.raw).to.include('A device was removed from your account');
    expect(mail!.raw).not.to.include('evil.example').and.not.to.include('<b>');
  });

  it('R49: no address, password or text of a mail is in the log or the audit events', async () => {
    await world.server.services.audit.flush();
    const log = lines.join('\n');
    expect(log).to.include('mail.sent');
    for (const secret of ['alice@example.com', SINK_PASSWORD, 'Your own page'])
      expect(log, secret).not.to.include(secret);
  });

  it('goes out at an orderly stop, too', async () => {
    const other = await startSmtpSink();
    await writeFile(join(dir, 'other.pem'), other.ca);
    const small = await createWorld({
      config: {
        mail: { host: '127.0.0.1', port: other.port, from: 'a@id.example', caFile: join(dir, 'other.pem') },
      },
    });
    try {
      await small.person('alice').device!.client.secure();
    } finally {
      await small.close();
    }
    expect(other.received).to.have.length(1);
    await other.stop();
  });

  it('keeps nobody waiting: with a server that never answers, what was to be done is done', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const small = await createWorld({
      config: { mail: { host: '127.0.0.1', port, from: 'a@id.example', timeout: '1s' } },
    });
    const began = performance.now();
    await small.person('alice').device!.client.secure();
    expect(performance.now() - began).to.be.lessThan(900);
    await small.close();
    silent.close();
  });
});
