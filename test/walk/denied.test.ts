import { expect } from 'chai';
import { later, resetClock } from '../support/clock.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('walk: denied, reported, given up', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    resetClock();
    await world.forgetReports();
  });
  after(() => world.close());

  const started = async () => {
    const browser = new TestBrowser();
    const { page } = await world.walk(browser, world.authorize(), { until: 'push' });
    return { browser, page };
  };

  it('R11: a deny ends it, and trying again at the same page needs no password', async () => {
    const { browser, page } = await started();
    await world.person('alice').device!.deny();
    const denied = await world.post(browser, page, 'continue');
    expect(denied.status).to.equal(409);
    expect(denied.text).to.include('denied');
    expect(await world.person('alice').device!.waiting()).to.have.length(0);

    const again = await world.post(browser, denied, 'send');
    const walked = await world.walk(browser, again);
    expect(walked.prompts).to.equal('push>consent');
    expect(walked.code).to.be.a('string');
  });

  it('shows a report as a deny, to the byte but for the request id', async () => {
    const { browser, page } = await started();
    await world.person('alice').device!.deny();
    const denied = await browser.request(page.url);
    const other = await started();
    await world.person('alice').device!.report();
    const reported = await other.browser.request(other.page.url);
    const bare = (text: string) => text.replace(/interaction\/[\w-]+/g, '').replace(/[0-9a-f]{16}/g, '');
    expect(bare(reported.text)).to.equal(bare(denied.text));
  });

  it('F1: a deny still undoes an approval that no browser has taken', async () => {
    const { browser, page } = await started();
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    await device.client.answer(challenge, 'approve', { number: world.number(page) });
    await device.client.answer(challenge, 'deny');
    const after = await world.post(browser, page, 'continue');
    expect(after.status).to.equal(409);
    expect(after.text).to.include('denied');
  });

  it('F1: also when the time has run out since the approval', async () => {
    const { browser, page } = await started();
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    later(118);
    await device.client.answer(challenge, 'approve', { number: world.number(page) });
    later(5);
    await device.client.answer(challenge, 'deny');
    const after = await world.post(browser, page, 'continue');
    expect(after.status).to.equal(409);
    expect(after.text).to.include('denied');
  });

  it('gives up: the app hears access_denied with its state, and the device has nothing to approve', async () => {
    const { browser, page } = await started();
    const page2 = await world.post(browser, page, 'cancel');
    const url = new URL(page2.next!);
    expect(url.searchParams.get('error')).to.equal('access_denied');
    expect(url.searchParams.get('state')).to.equal('st');
    expect(await world.person('alice').device!.waiting()).to.have.length(0);
  });

  it('R4 F2: expires by the server clock, and a late approval is refused', async () => {
    const { browser, page } = await started();
    const device = world.person('alice').device!;
    const challenge = await device.newest();
    later(119);
    expect((await browser.request(page.url)).text).to.include('data-number');
    later(2);
    const expired = await browser.request(page.url);
    expect(expired.text).to.include('The time ran out');
    const late = await device.client
      .answer(challenge, 'approve', { number: world.number(page) })
      .catch((error: { status: number }) => error);
    expect(late).to.have.property('status').that.is.oneOf([409, 410]);
    const walked = await world.walk(browser, await world.post(browser, expired, 'send'));
    expect(walked.code).to.be.a('string');
  });

  it('F6: three wrong numbers end the challenge, and the next try starts afresh', async () => {
    const { browser, page } = await started();
    const device = world.person('alice').device!;
    const wrong = world.number(page) === '000000' ? '000001' : '000000';
    for (let n = 0; n < 3; n++) await device.approve(wrong).catch(() => {});
    const failed = await browser.request(page.url);
    expect(failed.text).to.include('That number was not right');
    const walked = await world.walk(browser, await world.post(browser, failed, 'send'));
    expect(walked.code).to.be.a('string');
  });
});
