import { expect } from 'chai';
import { createWakeHub } from '../../src/approval/wake-hub.ts';
import { keys } from '../../src/store/keys.ts';
import { tempStore } from '../support/temp-store.ts';

describe('approval/wake-hub', () => {
  const open = async () => {
    const { store, close } = await tempStore();
    const hub = await createWakeHub(store);
    const wake = (topic: string) => store.put(keys.account('x'), {}, { if: 'any', ttlMs: null, wake: topic });
    return {
      hub,
      wake,
      close: async () => {
        await hub.close();
        await close();
      },
    };
  };

  it('F15: a wake between watching and waiting is not missed', async () => {
    const { hub, wake, close } = await open();
    const watch = hub.watch('a');
    await wake('a');
    expect(await watch.next(60_000)).to.equal(true);
    watch.end();
    await close();
  });

  it('wakes the watchers of a topic and nobody else, and forgets who has gone', async () => {
    const { hub, wake, close } = await open();
    const [a, b] = [hub.watch('a'), hub.watch('b')];
    const [wokeA, wokeB] = [a.next(60_000), b.next(30)];
    await wake('a');
    expect([await wokeA, await wokeB]).to.deep.equal([true, false]);
    a.end();
    b.end();
    expect(hub.size).to.equal(0);
    await close();
  });

  it('ends at once when the browser has gone, and for everybody at a shutdown', async () => {
    const { hub, close } = await open();
    const gone = new AbortController();
    const first = hub.watch('a').next(60_000, gone.signal);
    gone.abort();
    expect(await first).to.equal(false);
    const second = hub.watch('a').next(60_000);
    await close();
    await second;
  });
});
