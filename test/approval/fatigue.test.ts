import { expect } from 'chai';
import fc from 'fast-check';
import type { Challenge } from '../../src/approval/challenge.ts';
import type { AnswerResult } from '../../src/approval/take-answer.ts';
import { DAY, HOUR, MINUTE } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/open.ts';
import { later, resetClock } from '../support/clock.ts';
import { type FatigueWorld, fatigueWorld } from '../support/fatigue-world.ts';
import { startRedis } from '../support/redis-server.ts';

type Word = 'right' | 'wrong' | 'deny' | 'report';
type Step =
  | { readonly do: 'ask'; readonly who: number; readonly address: number; readonly node: 0 | 1 }
  | { readonly do: 'answer'; readonly which: number; readonly word: Word; readonly node: 0 | 1 }
  | { readonly do: 'take'; readonly which: number; readonly node: 0 | 1 }
  | { readonly do: 'guess'; readonly which: number; readonly times: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'secure' | 'resume' | 'give up' };

/** Browser 0 is the owner's own, which the account knows; the others are strangers' until one is let in. */
const OWNER = 0;
const nodeOf = fc.constantFrom(0 as const, 1 as const);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        who: fc.nat({ max: 5 }),
        address: fc.nat({ max: 3 }),
        node: nodeOf,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        which: fc.nat({ max: 7 }),
        word: fc.constantFrom<Word>('right', 'wrong', 'wrong', 'deny', 'report'),
        node: nodeOf,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('take' as const), which: fc.nat({ max: 7 }), node: nodeOf }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('guess' as const),
        which: fc.nat({ max: 1 }),
        times: fc.integer({ min: 2, max: 6 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        seconds: fc.constantFrom(1, 20, 121, 299, 601, 3601, 43_200),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('secure' as const, 'resume' as const, 'give up' as const) }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

/** One account as its owner, its device and some strangers treat it, and what has to hold at every step. */
class Account {
  readonly world: FatigueWorld;
  readonly account: string;
  readonly device: string;
  readonly challenges: Challenge[] = [];
  /** What the device last said of each, that counted. */
  readonly words = new Map<string, Word>();
  /** When strangers' requests rang since the last success, and the known browser's. */
  rings: { at: number; known: boolean }[] = [];
  wrong: number[] = [];
  wrongOf = new Map<string, number>();

  constructor(world: FatigueWorld, account: string, device: string) {
    this.world = world;
    this.account = account;
    this.device = device;
  }

  async ask(who: number, address: number, node: 0 | 1): Promise<Challenge> {
    const { account, world } = this;
    const rungBefore = world.rung.length;
    const challenge = await world.ask(
      { account, browser: `${account}-${who}`, known: who === OWNER, address: `203.0.${address}.7` },
      node,
    );
    this.challenges.push(challenge);
    if (world.rung.length > rungBefore) {
      this.rings.push({ at: Date.now(), known: challenge.known });
      this.#heldToCaps();
      const closed = this.wrong.filter((at) => at > Date.now() - HOUR).length >= 10;
      expect(closed && !challenge.known, 'rang after ten wrong numbers').to.equal(false);
    }
    return challenge;
  }

  #heldToCaps(): void {
    const within = (known: boolean, ms: number) =>
      this.rings.filter((one) => one.known === known && one.at > Date.now() - ms).length;
    expect(within(false, 10 * MINUTE), 'in ten minutes').to.be.at.most(3);
    expect(within(false, DAY), 'in a day').to.be.at.most(10);
    expect(within(true, 10 * MINUTE), 'of the known browser').to.be.at.most(10);
  }

  async answer(challenge: Challenge, word: Word, node: 0 | 1): Promise<AnswerResult> {
    const decision = word === 'deny' || word === 'report' ? word : 'approve';
    const verdict = { decision, numberMatches: word === 'right', userVerified: false } as const;
    const result = await this.world.nodes[node].answer(challenge.id, this.device, () => () => verdict);
    if (!('outcome' in result)) return result;
    if (result.outcome === 'wrong-number' || result.outcome === 'failed') {
      this.wrong.push(Date.now());
      const tries = (this.wrongOf.get(challenge.id) ?? 0) + 1;
      this.wrongOf.set(challenge.id, tries);
      expect(tries, 'wrong numbers of one request').to.be.at.most(3);
    } else this.words.set(challenge.id, word);
    return result;
  }

  async take(challenge: Challenge, node: 0 | 1): Promise<boolean> {
    const { account, browser, chain, id } = challenge;
    const taken = await this.world.nodes[node].consume(chain, 'step', { account, browser });
    if (typeof taken === 'string') return false;
    expect(this.words.get(id), 'what a session came of').to.equal('right');
    this.rings = this.rings.filter(({ known }) => known !== challenge.known);
    this.wrong = [];
    return true;
  }

  async run(step: Step): Promise<void> {
    const { guard } = this.world;
    const picked = (which: number) => this.challenges.at(-1 - (which % Math.max(1, this.challenges.length)));
    switch (step.do) {
      case 'ask':
        await this.ask(step.who, step.address, step.node);
        return;
      case 'answer': {
        const challenge = picked(step.which);
        if (challenge) await this.answer(challenge, step.word, step.node);
        return;
      }
      case 'guess': {
        const challenge = picked(step.which);
        for (let n = 0; challenge && n < step.times; n++)
          await this.answer(challenge, 'wrong', (n % 2) as 0 | 1);
        return;
      }
      case 'take': {
        const challenge = picked(step.which);
        if (challenge) await this.take(challenge, step.node);
        return;
      }
      case 'wait':
        return later(step.seconds);
      case 'secure':
        await guard.secure(this.account, DAY);
        return this.world.nodes[0].closeOpen(this.account);
      case 'resume':
        await guard.lift(this.account, 'device');
        this.rings = this.rings.filter(({ known }) => known);
        return;
      case 'give up':
        if (this.challenges.length > 0) await this.world.nodes[1].abandon(this.challenges.at(-1)!.chain);
    }
  }
}

describe('approval: the fatigue guard over random attempts, answers, clocks and nodes', function () {
  this.timeout(120_000);
  let world: FatigueWorld;
  before(async () => {
    world = await fatigueWorld();
  });
  afterEach(resetClock);
  after(() => world.close());

  const account = async () => {
    const { account, device } = await world.person();
    return new Account(world, account, device.id);
  };

  it('R7 R10 R11: never more pushes than the caps, never a session after a deny, never more wrong numbers than allowed; the owner gets in', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        resetClock();
        const one = await account();
        for (const step of sequence) await one.run(step);

        // The owner's known browser: in the end it gets in, and what they said of it before is their own.
        later(601);
        const standing = await world.guard.standing(one.account);
        const theirs = one.challenges.some((c) => c.known && one.words.get(c.id) === 'report');
        if (standing.pausedUntil !== undefined) await world.guard.lift(one.account, 'device');
        const mine = await one.ask(theirs ? 90 : OWNER, 0, 0);
        if (theirs) return;
        expect(mine.listed, `the known browser is listed: ${mine.withheld}`).to.equal(true);
        await one.answer(mine, 'right', 1);
        expect(await one.take(mine, 0), 'the known browser gets in').to.equal(true);
      }),
      { numRuns: 60 },
    );
  });

  it('the owner with a device alone is never locked out: "Secure my account", let browsers ask again, and sign in', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        resetClock();
        const one = await account();
        for (const step of sequence) await one.run(step);
        await one.run({ do: 'secure' });
        await one.run({ do: 'resume' });
        // What they typed wrong themselves keeps them an hour at most.
        if (one.wrong.filter((at) => at > Date.now() - HOUR).length >= 10) later(3660);
        const mine = await one.ask(77, 0, 1);
        expect(mine.listed, `a browser of theirs is listed: ${mine.withheld}`).to.equal(true);
        await one.answer(mine, 'right', 0);
        expect(await one.take(mine, 1)).to.equal(true);
      }),
      { numRuns: 40 },
    );
  });

  it('F7 R10: 2,000 sign-ins from 500 addresses at one account in a day: no more pushes than the caps, and the owner gets in all the while', async () => {
    const one = await account();
    const before = world.rung.length;
    for (let batch = 0; batch < 100; batch++) {
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, i) => {
          const n = (batch * 20 + i) % 500;
          const address = `198.18.${n % 250}.${Math.floor(n / 250) + 1}`;
          return world.ask({ account: one.account, browser: `thief-${n}`, address }, (i % 2) as 0 | 1);
        }),
      );
      expect(asked.filter(({ listed }) => listed).length).to.be.at.most(3);
      if (batch % 10 === 9) {
        const mine = await one.ask(OWNER, 0, 0);
        expect(mine.listed).to.equal(true);
        await one.answer(mine, 'right', 1);
        expect(await one.take(mine, 0)).to.equal(true);
      }
      later(864);
    }
    const rang = world.rung.slice(before).filter(({ known }) => !known);
    expect(rang.length).to.be.within(1, 10);
    await one.run({ do: 'secure' });
    await one.run({ do: 'resume' });
    const fresh = await one.ask(78, 0, 0);
    await one.answer(fresh, 'right', 0);
    expect(await one.take(fresh, 0), 'with the device alone').to.equal(true);
  });

  it('R12: whoever is kept away takes nobody’s place: two others still fit in', async () => {
    const { account, device } = await world.person();
    const thief = await world.ask({ account, browser: 'thief' });
    const verdict = { decision: 'report', numberMatches: false, userVerified: false } as const;
    await world.nodes[0].answer(thief.id, device.id, () => () => verdict);
    await world.guard.lift(account, 'proof');
    for (const browser of ['thief', 'thief 2', 'thief 3'])
      expect((await world.ask({ account, browser })).withheld).to.equal('blocked');
    await world.guard.lift(account, 'device');
    const others = ['one', 'two'].map((browser) => world.ask({ account, browser, address: '198.51.100.1' }));
    expect((await Promise.all(others)).map(({ listed }) => listed)).to.deep.equal([true, true]);
  });

  for (const engine of ['embedded', 'redis'] as const)
    it(`R10 R12: fifty sign-ins in the same moment on two nodes, ${engine}: two are open, and a report in between shuts the door for all that follow`, async () => {
      const redis = engine === 'redis' ? await startRedis() : undefined;
      const store = redis && (await openStore({ redisUrl: redis.url, dataDir: '' }));
      const here = await fatigueWorld(store);
      try {
        const { account, device } = await here.person();
        const ask = (n: number) =>
          here.ask({ account, browser: `b${n}`, address: `198.18.${n}.1` }, (n % 2) as 0 | 1);
        const asked = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n)));
        const listed = asked.filter((one) => one.listed);
        expect(listed).to.have.length(2);
        expect(here.rung).to.have.length(2);
        const verdict = { decision: 'report', numberMatches: false, userVerified: false } as const;
        await here.guard.lift(account, 'device');
        const [, ...late] = await Promise.all([
          here.nodes[0].answer(listed[0]!.id, device.id, () => () => verdict),
          ...Array.from({ length: 20 }, (_, n) => ask(n)),
        ]);
        const waiting = await here.nodes[1].pending(device);
        const after = await ask(60);
        expect(after.withheld).to.equal('reported');
        expect(waiting.some(({ browser }) => browser === listed[0]!.browser)).to.equal(false);
        expect(late.filter((one) => one.listed).length).to.be.at.most(2);
      } finally {
        await here.close();
        await store?.close();
        await redis?.stop();
      }
    });
});
