import { expect } from 'chai';
import { createHashPool, HashFailed, type HashPool, HashQueueFull } from '../../src/password/hash-pool.ts';

const CHEAP = { memoryKiB: 64, iterations: 1, parallelism: 1 };
const SLOW = { memoryKiB: 32 * 1024, iterations: 2, parallelism: 1 };
const KNOWN = { known: true };
const UNKNOWN = { known: false };

describe('password/hash-pool', () => {
  const pools: HashPool[] = [];
  const pool = (options: Partial<Parameters<typeof createHashPool>[0]> = {}) => {
    const made = createHashPool({ ...CHEAP, threads: 1, queue: 8, ...options });
    pools.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((one) => one.close()));
  });

  it('hashes with argon2id and the given parameters, and verifies', async () => {
    const one = pool({ memoryKiB: 128, iterations: 2 });
    const hash = await one.hash('correct horse');
    expect(hash).to.match(/^\$argon2id\$v=19\$m=128,t=2,p=1\$/);
    expect(await one.verify(hash, 'correct horse', UNKNOWN)).to.equal(true);
    expect(await one.verify(hash, 'correct horsf', KNOWN)).to.equal(false);
    expect(await one.hash('correct horse')).not.to.equal(hash);
  });

  it('R42: computes one hash for an account without a password or with one that cannot be read, and says no', async () => {
    const one = pool();
    for (const hash of [null, '', 'plain', '$argon2id$v=19$m=64,t=1,p=1$bad']) {
      const before = one.computed;
      expect(await one.verify(hash, '', UNKNOWN)).to.equal(false);
      expect(one.computed).to.equal(before + 1);
    }
  });

  it('knows a hash of other parameters', async () => {
    const hash = await pool({ iterations: 2 }).hash('x');
    expect(pool({ iterations: 2 }).needsRehash(hash)).to.equal(false);
    expect(pool({ iterations: 3 }).needsRehash(hash)).to.equal(true);
    expect(pool({ iterations: 2, memoryKiB: 72 }).needsRehash(hash)).to.equal(true);
    expect(pool().needsRehash('$2b$10$other')).to.equal(true);
  });

  it('refuses with 503 past its queue, keeps a share of it for known browsers and takes them first', async () => {
    const one = pool({ ...SLOW, queue: 4 });
    const order: string[] = [];
    const ask = (name: string, lane: { known: boolean }) =>
      one.verify(null, 'x', lane).then(
        () => order.push(name),
        (error: unknown) => error,
      );
    const running = ask('running', UNKNOWN);
    const script = ['u1', 'u2', 'u3', 'u4', 'u5'].map((name) => ask(name, UNKNOWN));
    const owner = ask('known', KNOWN);
    const beyond = ask('known too many', KNOWN);

    const full = await script[4];
    expect(full).to.be.instanceOf(HashQueueFull);
    expect(full).to.include({ status: 503, expose: false });
    expect((full as HashQueueFull).retryAfterS).to.be.within(1, 30);
    expect(await script[3]).to.be.instanceOf(HashQueueFull);
    expect(await beyond).to.be.instanceOf(HashQueueFull);
    await Promise.all([running, owner, ...script]);
    expect(order).to.deep.equal(['running', 'known', 'u1', 'u2', 'u3']);
    expect(one.computed).to.equal(5);
    expect(one.waiting).to.equal(0);
  });

  it('hashes off the main loop', async () => {
    const one = pool(SLOW);
    let turns = 0;
    const turn = setInterval(() => turns++, 1);
    await Promise.all([
      one.verify(null, 'x', KNOWN),
      one.verify(null, 'x', KNOWN),
      one.verify(null, 'x', KNOWN),
    ]);
    clearInterval(turn);
    expect(turns).to.be.greaterThan(5);
  });

  it('fails, and goes on working, where argon2 refuses', async () => {
    const one = pool({ memoryKiB: 1 });
    for (const attempt of [() => one.hash('x'), () => one.verify(null, 'x', KNOWN)]) {
      expect(await attempt().catch((error: unknown) => error)).to.be.instanceOf(HashFailed);
    }
    const hash = await pool().hash('x');
    expect(await one.verify(hash, 'x', KNOWN)).to.equal(true);
  });

  it('refuses what waits and what is running when it closes, and afterwards', async () => {
    const one = pool(SLOW);
    const asked = [1, 2, 3].map(() =>
      one.verify(null, 'x', KNOWN).then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    await one.close();
    for (const result of await Promise.all(asked)) expect(result).to.be.instanceOf(HashFailed);
    const late = await one.hash('x').catch((error: unknown) => error);
    expect(late).to.be.instanceOf(HashFailed);
  });
});
