import type { Purpose } from '../protocol/context.ts';
import type { Facts } from './facts.ts';
import { atLeast, type Proof } from './proof.ts';
import { type Raised, type Signal, signalsIn, type Thresholds } from './signals.ts';

/** When a rule holds: every member that is given has to. */
export interface Condition {
  /** At least one of these signals. */
  readonly any: readonly Signal[];
  /** Every one of these. */
  readonly all: readonly Signal[];
  /** None of these. */
  readonly none: readonly Signal[];
  readonly clients: readonly string[];
  readonly purposes: readonly Purpose[];
  readonly known?: boolean;
  readonly remembered?: boolean;
}

export interface PolicyRule {
  readonly name: string;
  readonly when: Condition;
  readonly proof: Proof;
  /** For the person, where it is refused. */
  readonly sentence?: string;
}

export interface RiskPolicy {
  readonly profile: 'default' | 'nist';
  /** In order: the first that holds decides. */
  readonly rules: readonly PolicyRule[];
  readonly signals: Thresholds;
}

/** One attempt, as policy looks at it. */
export interface Case {
  readonly facts: Facts;
  readonly client: string;
  /** Least proof of that client, whatever the rules say. */
  readonly floor: Proof;
}

export interface Decision {
  readonly proof: Proof;
  /** Name of the rule that held; `otherwise` when none did. */
  readonly rule: string;
  readonly signals: readonly Raised[];
  readonly sentence?: string;
  /** Why more is asked than the rule does; absent when it is not. */
  readonly raisedBy?: 'profile' | 'browser' | 'purpose' | 'client';
}

/** What no rule speaks of is asked for as ever. */
export const OTHERWISE = 'otherwise';

/**
 * The proof an attempt has to show. The first rule that holds decides; then what no rule may do is put right, upwards
 * only: nothing more than the password is for remembered browsers, a short number for known ones, neither is for a
 * grant that leaves the browser (R55) or under `nist`, and a client's floor is never lowered.
 */
export function decideProof(policy: RiskPolicy, attempt: Case): Decision {
  const { facts, client, floor } = attempt;
  const signals = signalsIn(facts, policy.signals);
  const present = new Set(signals.map(({ signal }) => signal));
  const rule = policy.rules.find(({ when }) => holds(when, facts, client, present));
  const wanted = rule?.proof ?? 'push';
  const bounded = bound(policy, wanted, facts);
  const proof = atLeast(bounded.proof, floor);
  const raisedBy = proof === bounded.proof ? bounded.by : 'client';
  return {
    proof,
    rule: rule?.name ?? OTHERWISE,
    signals,
    ...(rule?.sentence === undefined ? {} : { sentence: rule.sentence }),
    ...(raisedBy === undefined ? {} : { raisedBy }),
  };
}

/** Why a rule does not hold, in words; `undefined` when it does. */
export function whyNot(
  when: Condition,
  { facts, client }: Pick<Case, 'facts' | 'client'>,
  present: ReadonlySet<Signal>,
): string | undefined {
  const absent = when.all.filter((signal) => !present.has(signal));
  const unwanted = when.none.filter((signal) => present.has(signal));
  if (when.any.length > 0 && !when.any.some((signal) => present.has(signal)))
    return `none of ${when.any.join(', ')}`;
  if (absent.length > 0) return `no ${absent.join(', ')}`;
  if (unwanted.length > 0) return `there is ${unwanted.join(', ')}`;
  if (when.clients.length > 0 && !when.clients.includes(client)) return `not one of its clients`;
  if (when.purposes.length > 0 && !when.purposes.includes(facts.purpose)) return `it is ${facts.purpose}`;
  if (when.known !== undefined && when.known !== facts.known)
    return facts.known ? 'the browser is known' : 'the browser is not known';
  if (when.remembered !== undefined && when.remembered !== facts.remembered)
    return facts.remembered ? 'the browser is remembered' : 'the browser is not remembered';
  return undefined;
}

const holds = (when: Condition, facts: Facts, client: string, present: ReadonlySet<Signal>) =>
  whyNot(when, { facts, client }, present) === undefined;

function bound(
  { profile }: RiskPolicy,
  wanted: Proof,
  facts: Facts,
): { readonly proof: Proof; readonly by?: Exclude<Decision['raisedBy'], undefined> } {
  if (wanted !== 'none' && wanted !== 'push-short') return { proof: wanted };
  // Six digits on every browser, and possession proved each time (SP 800-63B-4 sections 2.2 and 3.1.3.2).
  if (profile === 'nist') return { proof: 'push', by: 'profile' };
  if (facts.purpose !== 'sign-in' && facts.purpose !== 'step-up') return { proof: 'push', by: 'purpose' };
  if (wanted === 'push-short') return facts.known ? { proof: wanted } : { proof: 'push', by: 'browser' };
  if (facts.purpose === 'step-up') return { proof: facts.known ? 'push-short' : 'push', by: 'purpose' };
  return facts.remembered && facts.known ? { proof: wanted } : { proof: 'push', by: 'browser' };
}
