import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createOfflineCodes } from '../../src/recovery/offline-codes.ts';
import { createSealing } from '../../src/recovery/sealing.ts';
import { problemsOf } from '../support/phone/axe.ts';
import { FirefoxPhone } from '../support/phone/firefox-phone.ts';
import { PhoneWorld } from '../support/phone/phone-world.ts';

describe('codes of a real phone without network (Firefox)', function () {
  this.timeout(120_000);
  const key = randomBytes(32);
  let folder: string;
  let phone: FirefoxPhone;
  let world: PhoneWorld;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-key-'));
    const keyFile = join(folder, 'offline.key');
    await writeFile(keyFile, key.toString('base64'));
    phone = await FirefoxPhone.start({ notifications: 'prompt' });
    world = await PhoneWorld.start([phone], { config: { factors: { offlineCode: { keyFile } } } });
  });
  after(async () => {
    await world?.close();
    await phone?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('R53: shows them on a screen of their own, from a key no script can read, also when the server is away', async () => {
    const ada = await world.person(phone, { push: false });
    const { tab, account, device } = ada;
    const codes = createOfflineCodes(world.services.store, createSealing([key]));
    const openScreen = async () => {
      await tab.page.click('.choice');
      await tab.click('Offline code');
      await tab.untilHeading('Offline code');
    };
    await openScreen();
    await tab.until(`document.body.innerText.includes('Offline codes are off')`, 'that they are off');
    expect(await problemsOf(phone, tab)).to.deep.equal([]);
    await tab.click('Back');
    await tab.click('Back');

    await codes.turnOn(account.sub, 'a change');
    await openScreen();
    await tab.until(`document.querySelector('#offline-code')`, 'a code');
    expect(await problemsOf(phone, tab)).to.deep.equal([]);
    const read = async () => (await tab.read<string>(`document.querySelector('#offline-code').innerText`))!;
    expect(await codes.take(account.sub, await read(), async () => [device])).to.equal(device);
    const exported = await tab.read<string>(`new Promise((done) => {
      const opening = indexedDB.open('countersign-authenticator');
      opening.onsuccess = () => {
        const all = opening.result.transaction('accounts').objectStore('accounts').getAll();
        all.onsuccess = () => crypto.subtle.exportKey('raw', all.result[0].offline.key).then(
          () => done('given out'), (error) => done(error.name));
      };
    })`);
    expect(exported).to.equal('InvalidAccessError');

    await world.browsers.server.close();
    await tab.click('Back');
    await tab.click('Offline code');
    await tab.until(`document.querySelector('#offline-code')`, 'a code without the server');
    expect(await read()).to.match(/^\d{3}.\d{3}$/);
  });
});
