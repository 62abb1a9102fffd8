import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CliWorld, createCliWorld, type RunningCli } from '../support/run-cli.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';

const PASSWORD = 'three warm stones sleeping';
const enrolLinkOf = (page: TestPage) =>
  /id="enrol-link" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
const codeOf = (page: TestPage) => /id="enrol-code">([^<]+)</.exec(page.text)?.[1] ?? '';
const fingerprintOf = (page: TestPage) => /id="fingerprint">([^<]+)</.exec(page.text)?.[1] ?? '-';

describe('countersign device', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  let server: RunningCli;
  before(async () => {
    cli = await createCliWorld({
      clients: [
        {
          clientId: 'app',
          name: 'App',
          firstParty: true,
          tokenEndpointAuthMethod: 'none',
          redirectUris: ['http://localhost:9/cb'],
        },
      ],
    });
    await cli.run(['user', 'add', 'anna']);
    server = cli.start(['serve']);
    await server.waitFor(/"listening"/);
  });
  after(() => cli.close());

  async function invited(flags: readonly string[] = []) {
    const { link } = await cli.json<{ link: string }>(['user', 'invite', 'anna', ...flags]);
    const browser = new TestBrowser();
    const form = { password: PASSWORD, password_again: PASSWORD };
    const page = await browser.follow(await browser.submit(await browser.open(link), 'invite-form', form));
    return { link, browser, page };
  }
  async function confirm(browser: TestBrowser, link: string, device: RunningCli) {
    const [, shown] = await device.waitFor(/Fingerprint: +(\S+)/);
    const page = await browser.open(link);
    expect(fingerprintOf(page)).to.equal(shown);
    await browser.submit(page, 'confirm-form');
    await device.waitFor(/Ready as/);
  }

  it('run enrols by the link of the invitation and approves by itself on this machine; list shows it', async () => {
    const { link, browser, page } = await invited();
    const args = ['device', 'run', '--key-file', 'keys/device.json', '--name', 'CI', '--auto-approve'];
    const device = cli.start([...args, '--enrol', enrolLinkOf(page)]);
    await confirm(browser, link, device);
    expect((await stat(join(cli.dir, 'keys/device.json'))).mode & 0o777).to.equal(0o600);

    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      redirect_uri: 'http://localhost:9/cb',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const person = new TestBrowser();
    const login = await person.open(`${cli.issuer}/authorize?${query}`);
    const waiting = await person.follow(
      await person.submit(login, 'login-form', { username: 'anna', password: PASSWORD }),
    );
    await device.waitFor(/Approved\./);
    const atApp = (url: string) => url.startsWith('http://localhost:9/');
    const back = await person.follow(await person.submit(waiting, 'continue-form'), atApp);
    expect(back.next).to.match(/^http:\/\/localhost:9\/cb\?code=/);
    expect((await device.stop('SIGINT')).code).to.equal(0);

    const [listed] = await cli.json<{ name: string; state: string; kind: string }[]>([
      'device',
      'list',
      'anna',
    ]);
    expect(listed).to.include({ name: 'CI', state: 'active', kind: 'terminal' });
    const refused = await cli.run(['user', 'invite', 'anna']);
    expect([refused.code, refused.stderr.includes('--replace')]).to.deep.equal([1, true]);
    const unsaid = await cli.run(['user', 'invite', 'anna', '--replace']);
    expect([unsaid.code, unsaid.stderr.includes('--reason')]).to.deep.equal([2, true]);
  });

  it('run enrols by the typed code, in place of the old device when an admin says so and why (R24); revoke ends it', async () => {
    const { link, browser, page } = await invited(['--replace', '--reason', 'phone traded in']);
    const args = ['--code', codeOf(page), '--user', 'anna', '--issuer', cli.issuer, '--name', 'New'];
    const device = cli.start(['device', 'run', '--key-file', 'new.json', ...args]);
    await confirm(browser, link, device);
    const states = await cli.json<{ name: string; state: string }[]>(['device', 'list', 'anna']);
    expect(states.map(({ name, state }) => [name, state])).to.have.deep.members([
      ['CI', 'revoked'],
      ['New', 'active'],
    ]);
    const revoked = await cli.run(['device', 'revoke', 'anna', 'New', '--reason', 'lost']);
    expect(revoked.stdout).to.contain('Revoked New of anna.');
    await device.waitFor(/does not know this device any more/);
    const { stdout } = await cli.run(['events', '--user', 'anna', '--since', '1h']);
    expect(stdout).to.contain('device.confirmed').and.contain('reason=lost').and.contain('phone traded in');
  });

  for (const [what, args, wanted] of [
    ['a device that is not there', ['revoke', 'anna', 'Nope'], 'has no active device "Nope"'],
    ['a person who is not there', ['list', 'nobody'], 'no user "nobody"'],
    [
      'a link that is none',
      ['run', '--key-file', 'x.json', '--enrol', 'https://id.example.org/'],
      'no enrolment link',
    ],
    ['a key file that is not there', ['run', '--key-file', 'x.json'], 'holds no enrolled key'],
    [
      'an enrolled key again',
      ['run', '--key-file', 'new.json', '--enrol', 'x'],
      'holds an enrolled key already',
    ],
  ] as const) {
    it(`refuses ${what} in a sentence`, async () => {
      const { code, stderr } = await cli.run(['device', ...args]);
      expect(code).to.equal(1);
      expect(stderr).to.contain(wanted).and.not.contain('    at ');
    });
  }

  it('events --follow prints what comes, as JSON for scripts', async () => {
    const follow = cli.start(['events', '--follow', '--json', '--since', '1min']);
    await follow.waitFor(/"type":"device.revoked"/);
    await cli.run(['user', 'add', 'late']);
    await follow.waitFor(/"userName":"late"/);
    const { code, stdout } = await follow.stop('SIGINT');
    expect(code).to.equal(0);
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).to.include.keys('v', 'at', 'type');
  });
});
