import { join } from 'node:path';
import { expect } from 'chai';
import { createLogger } from '../../src/audit/logger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createRememberedBrowsers } from '../../src/remembered/remembered-browsers.ts';
import { openServices } from '../../src/services.ts';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign browser', () => {
  let world: CliWorld;
  before(async () => {
    world = await createCliWorld({ session: { rememberBrowser: '14d' } });
  });
  after(() => world.close());

  it('lists the remembered browsers of a person, and forgets one or all', async () => {
    const { sub } = await world.json<{ sub: string }>(['user', 'add', 'ada']);
    const config = loadConfig({ file: join(world.dir, 'config/countersign.yaml'), env: {}, cwd: world.dir });
    const logger = createLogger({ level: 'silent', stream: { write: () => {} } });
    const services = await openServices(config, logger);
    const remembered = createRememberedBrowsers({
      ...services,
      issuer: config.issuer,
      key: Buffer.alloc(32),
      lifeMs: config.session.rememberBrowser,
      signOutEverywhere: async () => {},
      onStolen: async () => {},
    });
    for (const browser of ['Firefox', 'Chrome', 'Safari'])
      await remembered.begin(sub, `hash of ${browser}`, { browser, system: 'Linux', place: null });
    await services.close();

    const listed = await world.json<{ id: string; browser: string }[]>(['browser', 'list', 'ada']);
    expect(listed.map(({ browser }) => browser)).to.have.members(['Firefox', 'Chrome', 'Safari']);
    expect(JSON.stringify(listed)).not.to.include('hash of');

    const { id } = listed.find(({ browser }) => browser === 'Chrome')!;
    expect((await world.run(['browser', 'forget', 'ada', id])).stdout).to.include('Forgot 1 browser of ada');
    const again = await world.run(['browser', 'forget', 'ada', id]);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include('has no remembered browser');
    expect((await world.run(['browser', 'forget', 'ada', '--all'])).stdout).to.include('Forgot 2 browsers');
  });
});
