import axe from 'axe-core';
import { expect } from 'chai';
import { parseEnrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { claimWith } from '../support/account-steps.ts';
import type { Tab } from '../support/browser-tab.ts';
import { type BrowserPerson, BrowserWorld, PERSON_PASSWORD } from '../support/browser-world.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

const SIDEWAYS = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Sizes of what is touched are not among axe's defaults. */
const AXE_OPTIONS = `{ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }`;

/** No finding of axe, no sideways scrolling, on a narrow phone and on a desk. */
async function expectClean(tab: Tab): Promise<void> {
  for (const width of [320, 390, 1100]) {
    await tab.page.setViewport({ width, height: 800 });
    await tab.page.evaluate(axe.source);
    const found = (await tab.page.evaluate(
      `axe.run(document, ${AXE_OPTIONS}).then((r) => r.violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
    )) as string[];
    expect(found, `${width} ${await tab.heading()}`).to.deep.equal([]);
    expect(await tab.read(SIDEWAYS), `${width} ${await tab.heading()}`).to.equal(0);
  }
}

for (const kind of BROWSERS)
  for (const scripts of [true, false])
    describe(`a person’s own pages in ${kind.name}${scripts ? '' : ' without scripts'}`, function () {
      this.timeout(240_000);
      let world: BrowserWorld;
      let browser: RealBrowser;
      let person: BrowserPerson;
      let tab: Tab;
      before(async () => {
        world = await BrowserWorld.start();
        browser = await kind.launch({ scripts });
      });
      after(async () => {
        await browser.close();
        await world.close();
      });
      beforeEach(async () => {
        person = await world.person();
        tab = await (await browser.profile()).tab();
      });
      afterEach(() => browser.forget());

      const clean = async () => (scripts ? expectClean(tab) : undefined);
      /** The device answers, and the page goes on: by itself, or by its button. */
      async function approve(heading: string, then: string): Promise<void> {
        await tab.untilHeading(heading);
        await clean();
        const drawn = await tab.read<string>(`document.querySelector('#number [aria-hidden]').innerText`);
        await person.device.approve((drawn ?? '').replace(/\s/gu, ''));
        if (!scripts) {
          await tab.untilHeading('Approved');
          await tab.click('Continue');
        }
        await tab.untilHeading(then);
      }
      async function openAccount(): Promise<void> {
        await tab.open(`${world.world.issuer}/account`);
        await tab.logIn(person.userName, PERSON_PASSWORD);
        await approve('Check your phone', 'Your account');
      }

      it('adds a phone, renames it, removes it: each page reads well and none complains', async () => {
        await openAccount();
        await clean();
        await tab.click('Add a device');
        await tab.untilHeading('Add your phone');
        await clean();
        const link = (await tab.read<string>(`document.getElementById('enrol-link').href`)) ?? '';
        const { secret } = parseEnrolmentLink(link)!;
        const added = await claimWith(world.world, { secret }, 'Pixel 9');
        await tab.untilHeading('Is this your phone?'); // by itself, also without scripts
        expect(await tab.text())
          .to.include('Pixel 9')
          .and.include(added.fingerprint);
        await clean();
        await tab.click('Confirm this phone');
        await approve('Approve it on a device you have', 'All set');
        await clean();
        expect((await added.client.status()).device.state).to.equal('active');

        await tab.click('Back to your account');
        await tab.untilHeading('Your account');
        await tab.click('Pixel 9');
        await tab.untilHeading('Pixel 9');
        await clean();
        await tab.page.$eval('#name', (input) => {
          (input as unknown as { value: string }).value = 'Old Pixel';
        });
        await tab.clickAway('Rename');
        await tab.untilHeading('Your account');
        await tab.click('Old Pixel');
        await tab.untilHeading('Old Pixel');
        await tab.click('Remove this device');
        await approve('Approve it on another device', 'It is removed');
        expect(tab.complaints).to.deep.equal([]);
        expect(tab.polls.length > 0).to.equal(scripts);
      });

      it('a phone that is not mine is turned down', async () => {
        await openAccount();
        await tab.click('Add a device');
        await tab.untilHeading('Add your phone');
        const link = (await tab.read<string>(`document.getElementById('enrol-link').href`)) ?? '';
        const thief = await claimWith(world.world, { secret: parseEnrolmentLink(link)!.secret }, 'Thief');
        await tab.untilHeading('Is this your phone?');
        await tab.click('Not my device');
        await tab.untilHeading('No device was added');
        await clean();
        expect((await thief.client.status()).device.state).to.equal('cancelled');
        expect(tab.complaints).to.deep.equal([]);
      });
    });
