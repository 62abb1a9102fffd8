import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { isOverview, postTo } from '../support/account-steps.ts';
import { issue } from '../support/attestation-certificates.ts';
import { later, resetClock } from '../support/clock.ts';
import { pem } from '../support/der.ts';
import { askOptions, givePasskey, postPasskey, usePasskey } from '../support/passkey-steps.ts';
import { type Odd, SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { TestBrowser, type TestPage } from '../support/test-browser.ts';
import { APP, createWorld, type World } from '../support/walk-world.ts';

const MODEL = '00112233-4455-6677-8899-aabbccddeeff';

describe('walk: where nothing less than a passkey will do', () => {
  const root = issue('Root', undefined, { ca: true });
  const middle = issue('Middle', root, { ca: true });
  const leaf = issue('Model', middle, { model: MODEL });
  let folder: string;
  let world: World;
  let alices: SoftwareAuthenticator;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-roots-'));
    const roots = [join(folder, 'root.pem')];
    await writeFile(roots[0]!, pem(Buffer.from(root.raw)));
    const app = (clientId: string, more: object) => ({
      clientId,
      name: `App ${clientId}`,
      secret: 'a-secret-that-is-long-enough-for-a-test-client',
      redirectUris: [`${APP}/cb`],
      idTokenSignedResponseAlg: 'ES256' as const,
      ...more,
    });
    world = await createWorld({
      config: {
        account: { floor: 'phr' },
        passkeys: { attestation: 'required', roots },
        policy: { rules: [{ name: 'no-go', when: { clients: ['closed'] }, proof: 'refuse' }] },
      },
      clients: [app('min5-phr', { floor: 'phr', maxProofAge: '5min' }), app('closed', {})],
    });
    alices = await givePasskey(world, 'alice');
  });
  beforeEach(() => world.forgetOpen());
  afterEach(resetClock);
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const isPasskeyPage = (page: TestPage) => page.forms.some(({ id }) => id === 'passkey-form');
  const pushes = async () => (await world.person('alice').device!.waiting()).length;
  const own = (browser: TestBrowser) => browser.open(`${world.issuer}/account`);
  const signIn = (browser: TestBrowser, clientId = 'app', params = {}) =>
    world.open(browser, world.authorize(params, clientId).url);

  it('R48: account.floor phr lets nobody to their own pages by a push, neither anew nor by a session of one', async () => {
    const browser = new TestBrowser();
    const asked = await world.password(browser, await own(browser), 'alice');
    expect([isPasskeyPage(asked), await pushes()]).to.deep.equal([true, 0]);
    const session = new TestBrowser();
    await world.signIn(session);
    const up = await own(session);
    expect([isPasskeyPage(up), isOverview(up)]).to.deep.equal([true, false]);
    expect(isOverview(await usePasskey(session, up, alices))).to.equal(true);
  });

  it('R47: a passkey whose certificates lead to the configured root signs in as phrh, hwk; any other is not made', async () => {
    const browser = new TestBrowser();
    const overview = await usePasskey(browser, await own(browser), alices);
    const page = await postTo(browser, overview, '/add-passkey');
    type Creation = Parameters<SoftwareAuthenticator['create']>[0];
    async function make(odd: Odd) {
      const key = new SoftwareAuthenticator(new URL(world.issuer).origin);
      const options = (await askOptions(browser, page)) as unknown as Creation;
      const posted = await postPasskey(browser, page, key.createPasskey(options, odd));
      return { key, made: await browser.follow(posted) };
    }
    const stranger = issue('Root', undefined, { ca: true });
    const other = issue('Model', stranger, { model: MODEL });
    for (const odd of [{}, { attestedBy: { key: other.key, x5c: [other.raw, stranger.raw] } }])
      expect((await make(odd)).made.status).to.equal(400);
    expect(await pushes()).to.equal(0);

    const { key, made } = await make({ attestedBy: { key: leaf.key, x5c: [leaf.raw, middle.raw] } });
    await world.person('alice').device!.approve(world.number(made));
    expect((await postTo(browser, made, '/continue')).title).to.include('All set');
    const hard = new TestBrowser();
    const request = world.authorize({ acr_values: 'phrh' });
    const used = await usePasskey(hard, await world.open(hard, request.url), key);
    const { code } = await world.walk(hard, used);
    const claims = decodeJwt((await world.redeem(request, code!)).id_token!);
    expect([claims['acr'], claims['amr']]).to.deep.equal(['phrh', ['hwk', 'user', 'mfa']]);
  });

  it('R48: a passkey grows old like any proof: after maxProofAge it is asked for again, and a push is not enough', async () => {
    const browser = new TestBrowser();
    const first = await usePasskey(browser, await signIn(browser, 'min5-phr'), alices);
    expect((await world.walk(browser, first)).code).to.be.a('string');
    later(200);
    const still = world.authorize({}, 'min5-phr');
    const soon = await world.walk(browser, still);
    expect([soon.prompts, typeof soon.code]).to.deep.equal(['-', 'string']);
    later(200);
    const old = await signIn(browser, 'min5-phr');
    expect([world.promptOf(old), old.text.includes('id="passkey-form"')]).to.deep.equal(['login', true]);
    const asked = await world.password(browser, old, 'alice');
    expect([isPasskeyPage(asked), await pushes()]).to.deep.equal([true, 0]);
    const again = await world.walk(browser, await usePasskey(browser, asked, alices));
    expect(again.code).to.be.a('string');
  });

  it('what policy refuses is refused to a passkey, too: no session, and access_denied when the person gives up', async () => {
    const browser = new TestBrowser();
    const refused = await usePasskey(browser, await signIn(browser, 'closed'), alices);
    expect(refused.status).to.equal(403);
    expect(browser.cookie('session')).to.equal(undefined);
    expect(isPasskeyPage(refused)).to.equal(false);
    const left = await world.walk(browser, await world.post(browser, refused, 'cancel'));
    expect(left.error).to.equal('access_denied');
  });
});
