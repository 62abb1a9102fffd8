import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { recoveryCodesLeft } from '../../src/recovery/code-records.ts';
import type { Tab } from '../support/browser-tab.ts';
import { type BrowserPerson, BrowserWorld, PERSON_PASSWORD } from '../support/browser-world.ts';
import { eventually } from '../support/phone/arrivals.ts';
import { BROWSERS, type RealBrowser } from '../support/real-browser.ts';

for (const kind of BROWSERS)
  describe(`recovery codes in ${kind.name}`, function () {
    this.timeout(120_000);
    let world: BrowserWorld;
    let browser: RealBrowser;
    let person: BrowserPerson;
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'countersign-codes-'));
      world = await BrowserWorld.start();
      browser = await kind.launch();
      person = await world.person();
    });
    after(async () => {
      await browser.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function approve(tab: Tab, heading: string): Promise<void> {
      await tab.untilHeading(heading);
      const drawn = await tab.read<string>(`document.querySelector('#number [aria-hidden]').innerText`);
      await person.device.approve((drawn ?? '').replace(/\s/gu, ''));
    }

    it('are shown once, saved as a file without a request, and let a new phone in', async () => {
      const tab = await (await browser.profile()).tab();
      await tab.open(`${world.server.issuer}/account`);
      await tab.logIn(person.userName, PERSON_PASSWORD);
      await approve(tab, 'Check your phone');
      await tab.untilHeading('Your account');
      await tab.page.click('#recovery-codes');
      await tab.untilHeading('Recovery codes');
      await tab.click('Make recovery codes');
      await approve(tab, 'Approve it on your device');
      await tab.untilHeading('Your recovery codes');
      const codes = (await tab.read<string>(`document.querySelector('#recovery-codes').innerText`))!
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      expect(codes).to.have.length(10);

      if (kind.name === 'Chromium') {
        const cdp = await tab.page.createCDPSession();
        await cdp.send('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
        const asked: string[] = [];
        tab.page.on('request', (request) => asked.push(request.url()));
        await tab.page.click('#download-codes');
        const name = await eventually('the file', async () =>
          (await readdir(folder)).find((file) => file === 'recovery-codes.txt'),
        );
        const text = await readFile(join(folder, name), 'utf8');
        for (const code of codes) expect(text).to.include(code);
        expect(asked.filter((url) => !url.startsWith('data:'))).to.deep.equal([]);
        // Firefox would ask a person whether to post again.
        await tab.page.reload();
        await tab.untilHeading('These codes were shown already');
      }

      const other = await (await browser.profile()).tab();
      await other.open(`${world.server.issuer}/account`);
      await other.logIn(person.userName, PERSON_PASSWORD);
      await other.untilHeading('Check your phone');
      await other.page.click('#help summary');
      await other.page.click('#lost-phone');
      await other.untilHeading('Without your phone');
      await other.page.type('#code', codes[4]!.toLowerCase());
      await other.click('Continue');
      await other.untilHeading('Add your phone');
      const { accounts, store } = world.server.services;
      const { sub } = (await accounts.findByName(person.userName))!;
      expect((await recoveryCodesLeft(store, sub))!.left).to.equal(9);
    });
  });
