import { expect } from 'chai';
import { createSlowStore } from '../support/slow-store.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { codeOf, forgetConsent, stopBeforeResume } from '../support/walk-steps.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: a save that comes too late', () => {
  const slowStore = createSlowStore();
  let world: World;
  before(async () => {
    world = await createWorld({ wrapStore: slowStore.wrap });
  });
  beforeEach(async () => {
    await world.forgetOpen();
    await forgetConsent(world, 'app', 'mine');
  });
  after(() => world.close());

  for (const step of ['continue', 'consent'] as const) {
    it(`R63 R34: a save by a second click on ${step} that comes after the resume brings nothing back: one code`, async () => {
      const browser = new TestBrowser();
      const request = world.authorize({}, step === 'continue' ? 'mine' : 'app');
      let { page } = await world.walk(browser, request, { until: step === 'continue' ? 'push' : 'consent' });
      if (step === 'continue') await world.person('alice').device!.approve(world.number(page));
      const second = browser.clone();
      const resume = await stopBeforeResume(browser, page, step);
      const afterFirst = browser.clone();

      const held = slowStore.hold('put', 'Interaction/');
      const form = page.forms.find(({ action }) => action.endsWith(`/${step}`));
      const late = second.request(form?.action ?? `${page.url}/${step}`, { form: { ...form?.fields } });
      await held.reached;
      const code = codeOf(await browser.request(resume));
      expect(code).to.be.a('string');
      held.release();
      page = await late;
      expect(page.status, page.title).to.be.within(400, 499);

      for (const jar of [second, afterFirst, browser]) {
        const again = await jar.clone().request(resume);
        expect(codeOf(again)).to.equal(undefined);
        expect(again.status).to.be.within(400, 499);
      }
      expect((await world.redeem(request, code!)).status).to.equal(200);
    });
  }
});
