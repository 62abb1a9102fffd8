import { expect } from 'chai';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: two tabs wait for one answer', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('F20: the second to go on is told that another tab was quicker; another browser is told nothing', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const form = page.forms.find(({ id }) => id === 'continue-form')!;
    await world.person('alice').device!.approve(world.number(page));
    const consent = await world.post(browser, page, 'continue');
    expect(world.promptOf(consent)).to.equal('consent');

    const second = await browser.request(form.action, { form: form.fields });
    expect(second.status).to.equal(200);
    expect(second.text).to.include('You signed in in another tab').and.include('App app');

    const stranger = new TestBrowser();
    await world.open(stranger, world.authorize().url);
    const told = await stranger.request(form.action, { form: form.fields });
    expect(told.status).to.equal(400);
    expect(told.text).not.to.include('App app');
  });

  it('an answer nobody has taken is not "another tab"', async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    const form = page.forms.find(({ id }) => id === 'continue-form')!;
    const gone = form.action.replace(/interaction\/[^/]+/, `interaction/${'x'.repeat(43)}`);
    const told = await browser.request(gone, { form: form.fields });
    expect(told.status).to.equal(400);
    expect(told.text).to.include('This page is too old');
  });
});
