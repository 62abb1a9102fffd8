import { expect } from 'chai';
import { signedContextSchema } from '../../src/protocol/context.ts';
import { unusualIn } from '../../src/risk/unusual.ts';
import { requestText } from '../../src/terminal-device/words.ts';
import { resetClock } from '../support/clock.ts';
import { SAMPLE_CONTEXT } from '../support/sample-challenge.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld, type World } from '../support/walk-world.ts';

describe('what is unusual about a request', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  afterEach(resetClock);
  after(() => world.close());

  it('R14: a browser never signed in with is said so in what the device signs, and no more once it is known', async () => {
    const browser = new TestBrowser();
    const device = world.person('alice').device!;
    const strange = await world.walk(browser, world.authorize(), { until: 'push' });
    const first = await device.newest();
    expect(first.context.unusual).to.deep.equal(['You have not signed in with this browser before.']);
    expect(requestText(first, { index: 1, of: 1 })).to.contain(
      'Unusual You have not signed in with this browser',
    );
    await world.walk(browser, strange.page);
    await world.walk(browser, world.authorize({ prompt: 'login' }), { until: 'push' });
    expect((await device.newest()).context).not.to.have.property('unusual');
    expect(unusualIn({ knownBrowser: true })).to.deep.equal([]);
  });

  it('is a list of sentences, never an empty one, and nothing else', () => {
    const takes = (unusual: unknown) => signedContextSchema.safeParse({ ...SAMPLE_CONTEXT, unusual }).success;
    expect(takes(['One.', 'Two.'])).to.equal(true);
    for (const bad of [[], [''], 'One.', [1], Array(9).fill('x'), ['x'.repeat(513)], null]) {
      expect(takes(bad), JSON.stringify(bad)).to.equal(false);
    }
  });
});
