import { type AssessedEvent, readAssessed } from './assessed-event.ts';
import { decideProof, type RiskPolicy } from './policy.ts';
import { PROOFS, type Proof } from './proof.ts';
import type { Signal } from './signals.ts';

/** How a sign-in ended, as far as the events tell. */
export type Ending = 'let in' | 'denied' | 'reported' | 'no answer';

/** One sign-in, decided then and now: one chain, judged by the last time it was assessed. */
interface Tried {
  readonly at: number;
  readonly account: string;
  readonly client: string;
  readonly before: { readonly proof: Proof; readonly rule: string };
  readonly after: { readonly proof: Proof; readonly rule: string };
  readonly signals: readonly Signal[];
  ending: Ending;
}

export interface Example extends Pick<Tried, 'at' | 'account' | 'client' | 'signals' | 'ending'> {
  readonly chain: string;
}

/** Sign-ins that went from one proof to another. */
export interface Move {
  readonly before: { readonly proof: Proof; readonly rule: string };
  readonly after: { readonly proof: Proof; readonly rule: string };
  readonly signIns: number;
  readonly endings: Readonly<Record<Ending, number>>;
  readonly examples: readonly Example[];
}

export interface Replayed {
  readonly signIns: number;
  /** Whose proof would be another one. */
  readonly changed: number;
  readonly stricter: number;
  readonly easier: number;
  /** Of the changed ones: reported or denied, that would be asked for more; let in, that would be asked for more. */
  readonly stopped: number;
  readonly burdened: number;
  /** How many each rule decided. */
  readonly rules: readonly { readonly rule: string; readonly before: number; readonly after: number }[];
  /** The changed ones by what they went from and to, most first. */
  readonly moves: readonly Move[];
  /** Events read, and those that are broken, with what is wrong with the first. */
  readonly events: number;
  readonly unreadable: number;
  readonly firstUnreadable?: string;
  readonly from: number | null;
  readonly to: number | null;
}

export interface Replay {
  /** Takes one event, in the order they happened; any other than those of sign-ins is passed over. */
  take(event: unknown): void;
  /** Counts something that was no event. */
  broken(why: string): void;
  result(options?: { readonly examples?: number }): Replayed;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  // Whatever it took: where an app takes the password alone, or a code of a phone without network, nothing else says so.
  'session.started': 'let in',
  'session.stepped_up': 'let in',
  'challenge.consumed': 'let in',
  'passkey.accepted': 'let in',
  'remembered.used': 'let in',
  'challenge.denied': 'denied',
  'challenge.reported': 'reported',
};

/** Runs what happened through another policy. Memory grows with sign-ins, not with events. */
export function createReplay(policy: RiskPolicy): Replay {
  const tried = new Map<string, Tried>();
  let [events, unreadable] = [0, 0];
  let firstUnreadable: string | undefined;
  let [from, to]: [number | null, number | null] = [null, null];

  function broken(why: string): void {
    unreadable++;
    firstUnreadable ??= why;
  }

  function take(event: unknown): void {
    events++;
    const { type, chain } = (event ?? {}) as { type?: unknown; chain?: unknown };
    const ending = typeof type === 'string' && Object.hasOwn(ENDINGS, type) ? ENDINGS[type] : undefined;
    if (ending !== undefined) {
      const signIn = typeof chain === 'string' ? tried.get(chain) : undefined;
      // A report says more than an approval before it.
      if (signIn && signIn.ending !== 'reported') signIn.ending = ending;
      return;
    }
    const read = readAssessed(event);
    if (!read) return;
    if ('unreadable' in read) broken(read.unreadable);
    else note(read.assessed);
  }

  function note({ at, account, chain, client, facts, floor, rule, needs }: AssessedEvent): void {
    const decision = decideProof(policy, { facts, client, floor });
    from = Math.min(from ?? at, at);
    to = Math.max(to ?? at, at);
    tried.set(chain, {
      at,
      account,
      client,
      before: { proof: needs, rule },
      after: { proof: decision.proof, rule: decision.rule },
      signals: decision.signals.map(({ signal }) => signal),
      ending: 'no answer',
    });
  }

  return {
    take,
    broken,
    result({ examples = 3 } = {}) {
      const all = [...tried];
      const changed = all.filter(([, { before, after }]) => before.proof !== after.proof);
      const more = changed.filter(([, { before, after }]) => strength(after.proof) > strength(before.proof));
      return {
        signIns: all.length,
        changed: changed.length,
        stricter: more.length,
        easier: changed.length - more.length,
        stopped: more.filter(([, { ending }]) => ending === 'denied' || ending === 'reported').length,
        burdened: more.filter(([, { ending }]) => ending === 'let in').length,
        rules: rulesOf(all.map(([, one]) => one)),
        moves: movesOf(changed, examples),
        events,
        unreadable,
        ...(firstUnreadable === undefined ? {} : { firstUnreadable }),
        from,
        to,
      };
    },
  };
}

const strength = (proof: Proof) => PROOFS.indexOf(proof);

function rulesOf(all: readonly Tried[]): Replayed['rules'] {
  const counts = new Map<string, { before: number; after: number }>();
  const of = (rule: string) => {
    const found = counts.get(rule) ?? { before: 0, after: 0 };
    counts.set(rule, found);
    return found;
  };
  for (const { before, after } of all) {
    of(before.rule).before++;
    of(after.rule).after++;
  }
  return [...counts]
    .map(([rule, count]) => ({ rule, ...count }))
    .sort((a, b) => b.after - a.after || b.before - a.before || a.rule.localeCompare(b.rule));
}

function movesOf(changed: readonly (readonly [chain: string, Tried])[], examples: number): readonly Move[] {
  const groups = new Map<string, (readonly [string, Tried])[]>();
  for (const one of changed) {
    const { before, after } = one[1];
    const name = [before.proof, before.rule, after.proof, after.rule].join(' ');
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups.values()]
    .map((group): Move => {
      const endings = { 'let in': 0, denied: 0, reported: 0, 'no answer': 0 };
      for (const [, { ending }] of group) endings[ending]++;
      const { before, after } = group[0]![1];
      return {
        before,
        after,
        signIns: group.length,
        endings,
        // The newest: an admin may still remember them.
        examples: group
          .toSorted((a, b) => a[1].at - b[1].at)
          .slice(Math.max(0, group.length - examples))
          .reverse()
          .map(([chain, { at, account, client, signals, ending }]) => ({
            at,
            account,
            client,
            chain,
            signals,
            ending,
          })),
      };
    })
    .sort((a, b) => b.signIns - a.signIns);
}
