import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { names } from '../../src/store/keys.ts';
import type { Reason } from '../../src/store/redis/reason.ts';
import { BEFORE_APPROVAL, READING, stageSteps, type Taken } from '../support/staged-steps.ts';
import { TestBrowser } from '../support/test-browser.ts';
import type { World } from '../support/walk-world.ts';

/** What is done to the store while sign-ins stand at every step. */
export interface Fault {
  readonly what: string;
  /**
   * What still works: `nothing`: every step is a 503; `reads`: only steps that write are; `some`: what meets the fault is,
   * the rest goes on; `waits`: all goes on, late.
   */
  readonly leaves: 'nothing' | 'reads' | 'some' | 'waits';
  /**
   * How the steps go on afterwards: `kept`: what the fault interrupted is done again; `in words`: what had been written
   * although nobody could promise it, or was lost, is refused in words and begun anew.
   */
  readonly afterwards: 'kept' | 'in words';
  /** What `/readyz` may say meanwhile; none where it may also be 200. */
  readonly reasons: readonly Reason[];
  begin(): Promise<unknown>;
  /** Resolves when everything that can notice has; the steps are then taken a second time and nothing works. */
  readonly noticed?: () => Promise<unknown>;
  /** Ends it. */
  end(): Promise<unknown>;
}

const LEAVES: Record<Fault['leaves'], string> = {
  nothing: 'every step is 503 and nobody gets in',
  reads: 'every step that writes is 503 and nobody gets in',
  some: 'a step is 503 or as ever and nobody gets in',
  waits: 'every step waits',
};

export const titleOf = ({ what, leaves }: Pick<Fault, 'what' | 'leaves'>): string =>
  `${what}: ${LEAVES[leaves]}, and afterwards all goes on`;

/** Stages a sign-in at each step, lays the fault on all at once, ends it, and sees how each goes on. */
export async function meetAtEachStep(world: World, fault: Fault): Promise<void> {
  const { leaves, afterwards } = fault;
  const staged = await stageSteps(world);
  const before = await sessions(world);
  let taken: Taken[];
  try {
    await fault.begin();
    taken = await Promise.all(staged.map((step) => step.run()));
    expect((await fetch(`${world.issuer}/livez`)).status).to.equal(200);
    if (fault.noticed) {
      await fault.noticed();
      for (const one of await Promise.all(staged.map((step) => step.run()))) judge(one, 'nothing');
    }
    if (fault.reasons.length > 0) await refusesForOneOf(world, fault.reasons);
  } finally {
    await fault.end();
  }
  for (const one of taken) judge(one, leaves);
  await until(() => ready(world), 30);
  if (leaves === 'nothing' || leaves === 'reads') expect(await sessions(world), 'sessions').to.equal(before);
  for (const { name, browser } of staged) {
    if (!browser || !BEFORE_APPROVAL.includes(name)) continue;
    const { prompts } = await world.walk(browser.clone(), world.authorize(), { until: 'login' });
    expect(prompts, `${name}: signed in`).to.equal('login');
  }
  for (const [i, step] of staged.entries()) {
    if (leaves === 'some' && taken[i]!.status < 400) continue;
    const { status, text } = await step.run();
    const said = `${step.name} again: ${text.slice(0, 300)}`;
    expect(status, said).to.be.lessThan(leaves === 'waits' || afterwards === 'in words' ? 500 : 400);
  }
  await world.forgetOpen();
  const next = await world.signIn(new TestBrowser(), { prompt: 'consent' });
  expect(next.tokens.status, `the next sign-in: "${next.page.title}"`).to.equal(200);
}

function judge({ step, status, got, session, text }: Taken, leaves: Fault['leaves']): void {
  if (leaves === 'waits') {
    expect(status, step).to.be.lessThan(400);
    return;
  }
  const said = `${step}: ${text.slice(0, 300)}`;
  const untouched = leaves === 'some' || (leaves === 'reads' && READING.includes(step));
  // Who was approved before the fault may get in where what they need is not hit.
  const mayGetIn = leaves === 'some' && !BEFORE_APPROVAL.includes(step);
  if (status !== 503 && untouched) expect(status, said).to.be.lessThan(400);
  else expect(status, said).to.equal(503);
  if (status === 503 || !mayGetIn) expect(got, `${step}: a code or token`).to.equal(undefined);
  // Of two writes the session's may have been the one that was not hit.
  if (!mayGetIn) expect(session, `${step}: a session`).to.equal(false);
}

/** R49: in one word of ours, and with nothing else in it. */
async function refusesForOneOf(world: World, reasons: readonly Reason[]): Promise<void> {
  const answer = await fetch(`${world.issuer}/readyz`);
  const body = (await answer.json()) as Record<string, string>;
  expect(answer.status, JSON.stringify(body)).to.equal(503);
  expect(Object.keys(body)).to.have.members(['status', 'store', 'engine', 'reason']);
  expect(body['reason']).to.be.oneOf([...reasons]);
}

const ready = async (world: World) => (await fetch(`${world.issuer}/readyz`)).status === 200;

async function sessions(world: World): Promise<number> {
  const name = names.sessions(world.person('alice').account.sub);
  return (await world.store.index.page(name, { limit: 1000 })).entries.length;
}

export async function until(condition: () => Promise<boolean>, seconds = 15): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !(await condition()); await delay(25)) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s`);
  }
}
