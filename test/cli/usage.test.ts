import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign: the command line itself', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
  });
  after(() => cli.close());

  for (const [args, wanted] of [
    [['usr'], 'Did you mean user?'],
    [['user', 'ad', 'x'], 'Did you mean add?'],
    [['user', 'list', '--jsn'], 'Did you mean --json?'],
    [['client', 'add', 'x', '--redirect-url', 'https://x.example'], 'Did you mean --redirect-uri?'],
    [['user', 'add'], "missing required argument 'name'"],
    [['user', 'disable', 'x'], "required option '--reason <text>' not specified"],
    [['user', 'list', 'surplus'], 'too many arguments'],
    [['device', 'run', '--code', 'ABCD-EFGH'], '--code needs --user'],
    [['device', 'run', '--enrol', 'x', '--code', 'y'], 'wanted one of them'],
    [['device', 'run', '--issuer', 'ftp://x'], 'https:// address is wanted'],
    [['events', '--since', 'yesterday'], 'A duration such as'],
    [['client', 'add', 'x', '--floor', 'none'], 'Allowed choices are pwd, push, phr, phrh'],
  ] as const) {
    it(`exits 2 and says what is wrong: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await cli.run(args);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(wanted).and.not.contain('    at ');
    });
  }

  it('prints help and version, and exits 0', async () => {
    const help = await cli.run(['--help']);
    expect(help.code).to.equal(0);
    for (const name of ['serve', 'config', 'user', 'client', 'device', 'keys', 'events']) {
      expect(help.stdout).to.match(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    const version = await cli.run(['--version']);
    expect([version.code, version.stdout.trim()]).to.deep.equal([0, '0.1.0']);
  });

  it('shows a stack only when COUNTERSIGN_DEBUG is set', async () => {
    const plain = await cli.run(['user', 'password', 'nobody']);
    expect(plain.code).to.equal(1);
    expect(plain.stderr).to.match(/^countersign: no user "nobody".*\n$/);
    const debug = await cli.run(['user', 'password', 'nobody'], { env: { COUNTERSIGN_DEBUG: '1' } });
    expect(debug.stderr).to.contain('    at ');
  });
});
