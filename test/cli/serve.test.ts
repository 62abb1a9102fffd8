import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign serve', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
  });
  after(() => cli.close());

  it('prints the owner a link at the first start only, off the log; stops in order on SIGTERM and SIGINT', async () => {
    const first = cli.start(['serve']);
    const [link = ''] = await first.waitFor(new RegExp(`${cli.issuer}/invitation/[\\w-]{22}`));
    expect(first.stderr()).to.contain(link);
    expect((await fetch(link)).status).to.equal(200);
    const { code, stdout } = await first.stop('SIGTERM');
    expect(code).to.equal(0);
    const log = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string });
    expect(log.map(({ type }) => type)).to.include.members([
      'server.started',
      'account.created',
      'server.stopped',
    ]);
    expect(stdout).to.not.contain(link.split('/').at(-1));

    const second = cli.start(['serve']);
    await second.waitFor(/"listening"/);
    expect((await fetch(`${cli.issuer}/livez`)).status).to.equal(200);
    const stopped = await second.stop('SIGINT');
    expect([stopped.code, stopped.stderr]).to.deep.equal([0, '']);
  });

  it('says which port is in use, and exits 1', async () => {
    const first = cli.start(['serve']);
    await first.waitFor(/"listening"/);
    const { code, stderr } = await cli.run(['serve']);
    expect(code).to.equal(1);
    expect(stderr).to.match(new RegExp(`countersign: http.port: ${cli.port} .* in use`));
    await first.stop();
  });

  it('sees what the command line changes, and new keys, without a restart', async () => {
    const server = cli.start(['serve']);
    await server.waitFor(/"listening"/);
    const kids = async () => {
      const { keys } = (await (await fetch(`${cli.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const before = await kids();
    const made = await cli.json<{ kid: string; alg: string }[]>(['keys', 'rotate']);
    expect(made.length).to.be.greaterThan(0);
    const until = Date.now() + 10_000;
    while ((await kids()).length === before.length && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await kids()).to.include.members([...before, ...made.map(({ kid }) => kid)]);
    await server.stop();
  });

  it('refuses to start where the demo app is, in the store or in the configuration', async () => {
    await cli.run(['client', 'add', 'demo-app', '--public', '--redirect-uri', 'http://localhost:9/cb']);
    const { code, stderr } = await cli.run(['serve']);
    expect([code, stderr.includes("holds the demo's app")]).to.deep.equal([1, true]);
    await cli.run(['client', 'remove', 'demo-app']);
    await cli.run(['user', 'add', 'ada']); // a real Ada is welcome
    const server = cli.start(['serve']);
    await server.waitFor(/"listening"/);
    await server.stop();
  });

  it('refuses to start where the demo user still is', async () => {
    const other = await createCliWorld();
    await other.run(['user', 'add', 'ada', '--email', 'ada@example.com']);
    const { code, stderr } = await other.run(['serve']);
    expect([code, stderr.includes('whose password everybody knows')]).to.deep.equal([1, true]);
    await other.close();
  });
});
