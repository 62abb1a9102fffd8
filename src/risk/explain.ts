import type { AssessedEvent } from './assessed-event.ts';
import { decideProof, OTHERWISE, type RiskPolicy, whyNot } from './policy.ts';
import type { Proof } from './proof.ts';
import type { Raised } from './signals.ts';

/** Why a policy asks what it asks of one attempt. */
export interface Explanation {
  readonly proof: Proof;
  readonly rule: string;
  /** Why more is asked than that rule does, in words. */
  readonly raised?: string;
  readonly signals: readonly Raised[];
  /** In order; those after the one that held were not asked. */
  readonly rules: readonly {
    readonly name: string;
    readonly proof: Proof;
    readonly holds: boolean | null;
    readonly why: string;
  }[];
}

const RAISED: Readonly<Record<'profile' | 'browser' | 'purpose' | 'client', string>> = {
  profile: 'the profile nist takes no less than push',
  browser: 'the browser is not one that may have less (known, or remembered)',
  purpose: 'this is no sign-in of the browser itself',
  client: 'the app, or policy.requirePasskey for this person, asks for no less',
};

export function explain(policy: RiskPolicy, { facts, client, floor }: AssessedEvent): Explanation {
  const { proof, rule, raisedBy, signals } = decideProof(policy, { facts, client, floor });
  const present = new Set(signals.map(({ signal }) => signal));
  let held = false;
  const rules = policy.rules.map(({ name, when, proof: wanted }) => {
    if (held) return { name, proof: wanted, holds: null, why: 'not asked any more' };
    const why = whyNot(when, { facts, client }, present);
    held = why === undefined;
    return { name, proof: wanted, holds: held, why: why ?? 'everything it wants is so' };
  });
  return {
    proof,
    rule,
    ...(raisedBy === undefined ? {} : { raised: RAISED[raisedBy] }),
    signals,
    rules: held ? rules : [...rules, { name: OTHERWISE, proof: 'push', holds: true, why: 'no rule held' }],
  };
}
