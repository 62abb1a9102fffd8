import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { names } from '../../src/store/keys.ts';
import { BEFORE_APPROVAL, READING, stageSteps, type Taken } from '../support/staged-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

const run = promisify(execFile);

/** The largest file this process may write, in bytes: the full disk that needs no rights. */
const largestFile = (bytes: number | 'unlimited') =>
  run('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`]);

describe('faults: a full disk under the embedded store, at each step of a sign-in', () => {
  let world: World;
  const log: string[] = [];
  before(async function () {
    if (!(await run('prlimit', ['--version']).catch(() => undefined))) return this.skip();
    world = await createWorld({ onLog: (line) => log.push(line) });
  });
  afterEach(() => largestFile('unlimited'));
  after(() => world?.close());

  it('R50: what writes is 503 and says which file, nobody gets in, nothing is lost, and afterwards all goes on', async () => {
    const { sub } = world.person('alice').account;
    const staged = await stageSteps(world);
    const sessions = async () => (await world.store.index.page(names.sessions(sub), { limit: 100 })).entries;
    const before = await sessions();
    log.length = 0;
    await largestFile(1);
    let taken: Taken[];
    let readiness: number;
    try {
      taken = await Promise.all(staged.map((step) => step.run()));
      readiness = (await fetch(`${world.issuer}/readyz`)).status;
    } finally {
      await largestFile('unlimited');
    }
    for (const { step, status, got, session, text } of taken) {
      if (READING.includes(step)) expect(status, step).to.be.oneOf([200, 503]);
      else expect(status, `${step}: ${text.slice(0, 300)}`).to.equal(503);
      expect(got, `${step}: a code or token`).to.equal(undefined);
      expect(session, `${step}: a session`).to.equal(false);
    }
    expect(readiness).to.equal(503);
    expect(log.join(''))
      .to.include(`${world.server.dataDir}/`)
      .and.match(/StoreUnavailable/);

    expect(await sessions()).to.deep.equal(before);
    for (const { name, browser } of staged) {
      if (!browser || !BEFORE_APPROVAL.includes(name)) continue;
      const { prompts } = await world.walk(browser.clone(), world.authorize(), { until: 'login' });
      expect(prompts, `${name}: signed in`).to.equal('login');
    }
    for (const step of staged) {
      const { status, text } = await step.run();
      expect(status, `${step.name} again: ${text.slice(0, 300)}`).to.be.lessThan(400);
    }
    await world.forgetOpen();
    expect((await world.signIn(new TestBrowser())).tokens.status).to.equal(200);
    expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(200);
  });
});
