import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import * as knownBrowsers from '../../src/accounts/known-browsers.ts';
import { openStore } from '../../src/store/open.ts';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

interface Listed {
  readonly userName: string;
  readonly emails: readonly string[];
  readonly disabled: boolean;
  readonly hasPassword: boolean;
  readonly devices: number;
}

describe('countersign user', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
  });
  after(() => cli.close());

  const list = () => cli.json<Listed[]>(['user', 'list']);

  it('adds, invites and lists; the link is printed and is nowhere else', async () => {
    const added = await cli.run([
      'user',
      'add',
      'anna',
      '--email',
      'Anna@Example.org',
      '--name',
      'Anna Berg',
    ]);
    expect(added.code).to.equal(0);
    expect(added.stdout).to.contain('Added anna.').and.contain('countersign user invite anna');
    const invited = await cli.run(['user', 'invite', 'ANNA@example.ORG']);
    expect(invited.stdout).to.match(new RegExp(`${cli.issuer}/invitation/[\\w-]{22}\\n`));
    const again = await cli.json<{ link: string; expiresAt: number }>(['user', 'invite', 'anna']);
    expect(again.link).to.not.equal(invited.stdout.match(/http\S+/)?.[0]);
    expect(again.expiresAt - Date.now()).to.be.closeTo(72 * 3600_000, 60_000);
    const events = await cli.run(['events', '--user', 'anna']);
    expect(events.stdout.match(/account\.invited/g)).to.have.length(2);
    expect(events.stdout).to.not.contain(again.link.split('/').at(-1));
    expect((await list()).map(({ userName, hasPassword }) => [userName, hasPassword])).to.deep.equal([
      ['anna', false],
    ]);
  });

  it('sets a password from standard input, never from the command line', async () => {
    const added = await cli.run(['user', 'add', 'ben', '--password-stdin'], {
      stdin: 'four grey owls whisper\n',
    });
    expect(added.code).to.equal(0);
    const { sub } = await cli.json<{ sub: string }>(['user', 'password', 'ben'], {
      stdin: 'nine green herons sleep',
    });
    const store = await openStore({ dataDir: join(cli.dir, 'data') });
    await knownBrowsers.remember(store, sub, 'a-browser', 60_000);
    const changed = await cli.run(['user', 'password', 'ben'], { stdin: 'five blue moths flutter' });
    expect(await knownBrowsers.isKnown(store, sub, 'a-browser')).to.equal(false);
    await store.close();
    expect([changed.code, changed.stdout.includes('Changed the password of ben')]).to.deep.equal([0, true]);
    expect((await list()).find(({ userName }) => userName === 'ben')?.hasPassword).to.equal(true);
    expect((await cli.run(['user', 'add', 'x', '--password', 'y'])).code).to.equal(2);
  });

  it('disables with a reason, enables, signs out', async () => {
    expect((await cli.run(['user', 'disable', 'anna', '--reason', 'left the company'])).stdout).to.contain(
      'Disabled anna',
    );
    expect((await list()).find(({ userName }) => userName === 'anna')?.disabled).to.equal(true);
    expect((await cli.run(['user', 'invite', 'anna'])).stderr).to.contain('is disabled');
    expect((await cli.run(['user', 'enable', 'anna'])).code).to.equal(0);
    expect(await cli.json<object>(['user', 'sign-out', 'anna'])).to.include({ userName: 'anna' });
    const { stdout } = await cli.run(['events', '--user', 'anna']);
    expect(stdout).to.contain('reason="left the company"').and.contain('session.ended_everywhere');
  });

  it('resume says whether anything was stopped, and wants a reason', async () => {
    const none = await cli.json<object>(['user', 'resume', 'anna', '--reason', 'she called']);
    expect(none).to.include({ userName: 'anna', resumed: false });
    expect((await cli.run(['user', 'resume', 'anna'])).code).to.equal(2);
    expect((await cli.run(['user', 'resume', 'anna', '--reason', ' '])).code).to.equal(1);
  });

  describe('import', () => {
    const file = async (text: string) => {
      await writeFile(join(cli.dir, 'people.csv'), text);
      return 'people.csv';
    };

    it('adds everybody, with a link each when asked', async () => {
      const csv = await file('user_name,email,name\ncleo,cleo@example.org,Cleo\ndora,,Dora\n');
      expect((await cli.run(['user', 'import', csv, '--dry-run'])).stdout).to.contain(
        '2 people. Nobody was added',
      );
      expect(await list()).to.have.length(2);
      const added = await cli.json<{ userName: string; link: string }[]>(['user', 'import', csv, '--invite']);
      expect(added.map(({ userName }) => userName)).to.deep.equal(['cleo', 'dora']);
      for (const { link } of added) expect(link).to.match(/\/invitation\/[\w-]{22}$/);
    });

    for (const [what, csv, wanted] of [
      ['no user_name', 'name\nAnna\n', 'a column user_name'],
      ['an unknown column', 'user_name,shoe\nemil,43\n', 'one of user_name'],
      ['a bad address', 'user_name,email\nemil,emil\n', 'people.csv:2  email'],
      ['one name twice', 'user_name\nemil\nEMIL\n', 'not on line 2 already'],
      ['a name that is taken', 'user_name\nfritz\nben\n', 'people.csv:3  user_name: was "ben"'],
    ] as const) {
      it(`adds nobody when the file has ${what}`, async () => {
        const { code, stderr, stdout } = await cli.run(['user', 'import', await file(csv)]);
        expect([code, stdout]).to.deep.equal([1, '']);
        expect(stderr).to.contain(wanted).and.not.contain('    at ');
      });
    }

    it('has added nobody by then but those of the file that was right', async () => {
      const everybody = (await list()).map(({ userName }) => userName);
      expect(everybody).to.have.members(['anna', 'ben', 'cleo', 'dora']);
    });

    it('says when the file cannot be read', async () => {
      expect((await cli.run(['user', 'import', 'nothing.csv'])).stderr).to.contain(
        'nothing.csv cannot be read (ENOENT)',
      );
    });
  });

  for (const [what, args, stdin, wanted] of [
    ['a name that is taken', ['user', 'add', 'BEN'], '', 'a name no other account has'],
    [
      'an e-mail that is none',
      ['user', 'add', 'gina', '--email', 'gina'],
      '',
      'an address such as anna@example.org',
    ],
    ['invisible characters', ['user', 'add', 'gi\u200bna'], '', 'no control or invisible characters'],
    ['a short password', ['user', 'add', 'gina', '--password-stdin'], 'short', 'at least 12 characters'],
    [
      'a stolen password',
      ['user', 'add', 'gina', '--password-stdin'],
      'passwordpassword',
      'lists of stolen passwords',
    ],
    ['an empty password', ['user', 'password', 'ben'], '', 'the password is empty'],
    ['a person who is not there', ['user', 'disable', 'nobody', '--reason', 'x'], '', 'no user "nobody"'],
    ['an empty reason', ['user', 'disable', 'ben', '--reason', ' '], '', '--reason: was empty'],
  ] as const) {
    it(`refuses ${what} in a sentence`, async () => {
      const { code, stderr, stdout } = await cli.run(args, { stdin });
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.contain(wanted).and.not.contain('    at ');
    });
  }

  it('has changed nothing by what it refused', async () => {
    const states = (await list()).map(({ userName, disabled, hasPassword }) => [
      userName,
      disabled,
      hasPassword,
    ]);
    expect(states).to.have.deep.members([
      ['anna', false, false],
      ['ben', false, true],
    ]);
  });
});
