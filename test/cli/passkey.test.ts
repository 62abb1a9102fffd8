import { join } from 'node:path';
import { expect } from 'chai';
import { createLogger } from '../../src/audit/logger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { passkeyRef } from '../../src/passkey/passkey.ts';
import { openServices } from '../../src/services.ts';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign passkey', function () {
  this.timeout(60_000); // each command is a process of its own
  let world: CliWorld;
  before(async () => {
    world = await createCliWorld({});
  });
  after(() => world.close());

  it('lists the passkeys of a person, and removes one by its id or its name, with the reason in the log', async () => {
    const { sub } = await world.json<{ sub: string }>(['user', 'add', 'ada']);
    const config = loadConfig({ file: join(world.dir, 'config/countersign.yaml'), env: {}, cwd: world.dir });
    const open = () => openServices(config, createLogger({ level: 'silent', stream: { write: () => {} } }));
    const before = await open();
    for (const [id, name] of [
      ['aWQtMQ', 'Laptop'],
      ['aWQtMg', 'Laptop'],
      ['aWQtMw', 'Key'],
    ] as const)
      await before.passkeys.add(sub, {
        id,
        publicKey: 'cHVibGlj',
        counter: 0,
        transports: ['internal'],
        aaguid: '00112233-4455-6677-8899-aabbccddeeff',
        attested: false,
        discoverable: true,
        backupEligible: true,
        backedUp: true,
        name,
        createdAt: Date.now(),
        lastUsedAt: null,
      });
    await before.close();

    const listed = await world.json<{ passkey: string; name: string }[]>(['passkey', 'list', 'ada']);
    expect(listed.map(({ passkey, name }) => [passkey, name])).to.have.deep.members([
      [passkeyRef('aWQtMQ'), 'Laptop'],
      [passkeyRef('aWQtMg'), 'Laptop'],
      [passkeyRef('aWQtMw'), 'Key'],
    ]);
    expect(listed[0]).to.include({ synced: true, attested: false, lastUsedAt: null });

    const unclear = await world.run(['passkey', 'remove', 'ada', 'Laptop']);
    expect([unclear.code, unclear.stderr.includes('has 2 passkeys')]).to.deep.equal([1, true]);
    const removed = await world.run(['passkey', 'remove', 'ada', 'Key', '--reason', 'key lost']);
    expect(removed.stdout).to.include('Removed the passkey Key of ada.');
    await world.json(['passkey', 'remove', 'ada', passkeyRef('aWQtMQ')]);
    const again = await world.run(['passkey', 'remove', 'ada', 'Key']);
    expect([again.code, again.stderr.includes('has no passkey "Key"')]).to.deep.equal([1, true]);

    const after = await open();
    expect((await after.passkeys.list(sub)).map(({ id }) => id)).to.deep.equal(['aWQtMg']);
    const { events } = await after.audit.read({ account: sub }, { limit: 100 });
    const removal = events.find(({ event }) => event.type === 'passkey.removed' && event.name === 'Key');
    const on = { account: sub, passkey: passkeyRef('aWQtMw'), by: 'cli', reason: 'key lost' };
    expect(removal?.event).to.include(on);
    await after.close();
  });
});
