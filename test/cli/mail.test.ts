import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

describe('countersign mail test', () => {
  let sink: SmtpSink;
  let world: CliWorld;
  before(async () => {
    sink = await startSmtpSink();
    world = await createCliWorld({
      mail: { host: '127.0.0.1', port: sink.port, from: 'a@id.example', caFile: 'ca.pem' },
    });
    await writeFile(join(world.dir, 'ca.pem'), sink.ca);
  });
  after(async () => {
    await world.close();
    await sink.stop();
  });

  it('sends one, and says who took it or why nobody did; an admin’s acts are told, too (R28)', async () => {
    const sent = await world.run(['mail', 'test', 'ada@example.com']);
    expect(sent).to.include({ code: 0, stderr: '' });
    expect(sent.stdout).to.include(`127.0.0.1:${sink.port} (starttls) took a mail to ada@example.com`);
    expect(sink.received.map(({ to }) => to)).to.deep.equal([['ada@example.com']]);
    expect(sink.received[0]!.raw).to.match(/^Subject: Test: /m);

    sink.refuse.push({ code: 550, message: 'no such mailbox here' });
    const refused = await world.run(['mail', 'test', 'eve@example.com']);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include('did not take it').and.to.include('no such mailbox here');

    await world.run(['user', 'add', 'ada', '--email', 'ada@example.com']);
    expect(
      (await world.run(['user', 'password', 'ada'], { stdin: 'five blue moths flutter' })).code,
    ).to.equal(0);
    expect(sink.received[1]!.raw).to.match(/^Subject: Your password was changed/m);

    const wrong = await world.run(['mail', 'test', 'Ada <ada@example.com>']);
    expect(wrong.code).to.equal(2);
    expect(sink.received).to.have.length(2);
  });
});
