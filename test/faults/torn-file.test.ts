import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { storeFile } from '../../src/store/open.ts';
import { createLoadBalancer } from '../support/load-balancer.ts';
import { createCliWorld } from '../support/run-cli.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('faults: a torn file under the embedded store', () => {
  let world: World;
  const folders: string[] = [];
  before(async () => {
    world = await createWorld();
  });
  after(async () => {
    await world?.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** What a power cut leaves on the disk: the files as they are while the server runs. */
  const crashImage = () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-torn-'));
    folders.push(folder);
    cpSync(world.server.dataDir, folder, { recursive: true });
    return { folder, file: storeFile(folder) };
  };

  for (const torn of ['half a page', 'a page of zeros', 'rubbish'] as const) {
    it(`R50: a write-ahead log that ends in ${torn} loses nothing that was acknowledged`, async () => {
      await world.forgetOpen();
      const browser = new TestBrowser();
      const offline = { scope: 'openid offline_access', prompt: 'consent' };
      const { tokens } = await world.signIn(browser, offline);
      const begun = new TestBrowser();
      const { page } = await world.walk(begun, world.authorize(), { until: 'push' });
      const { folder, file } = crashImage();
      const wal = `${file}-wal`;
      expect(statSync(wal).size).to.be.greaterThan(4096);
      const tail = readFileSync(wal).subarray(-4120);
      const bytes = {
        'half a page': tail.subarray(0, 2000),
        'a page of zeros': Buffer.alloc(4120),
        rubbish: Buffer.alloc(9000, 0x5a),
      };
      appendFileSync(wal, bytes[torn]);
      const again = await createWorld({ beside: { ...world.server, dataDir: folder } });
      const balancer = createLoadBalancer([again.server.server.port]);
      const straight = world.fetch;
      world.fetch = balancer.to(0);
      try {
        const there = new TestBrowser({}, balancer.to(0));
        there.cookies = structuredClone(browser.cookies);
        expect((await world.signIn(there)).prompts, 'still signed in').to.equal('-');
        expect((await world.refresh(tokens.refresh_token!)).status, 'its family').to.equal(200);
        const waiting = new TestBrowser({}, balancer.to(0));
        waiting.cookies = structuredClone(begun.cookies);
        const still = await waiting.request(page.url);
        expect(world.number(still), 'the request that waited').to.equal(world.number(page));
      } finally {
        world.fetch = straight;
        await balancer.close();
        await again.close();
      }
    });
  }

  it('R50: a database cut short is refused at the start in one clear line, and left as it is', async () => {
    await world.signIn(new TestBrowser());
    const { folder, file } = crashImage();
    await (await openEmbedded({ file })).close(); // so that all is in the one file
    const { size } = statSync(file);
    truncateSync(file, Math.floor(size / 2 / 4096) * 4096 + 100);
    const left = readFileSync(file);
    const cli = await createCliWorld({ store: { dataDir: folder } });
    try {
      const { code, stdout, stderr } = await cli.run(['serve']);
      expect(code).to.be.greaterThan(0);
      expect(stderr + stdout)
        .to.include(file)
        .and.match(/malformed|damaged/);
      expect(stderr, 'no stack').not.to.match(/\n\s+at /);
      expect(readFileSync(file).equals(left), 'the file as it was').to.equal(true);
    } finally {
      await cli.close();
    }
  });
});
