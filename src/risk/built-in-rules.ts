import type { Condition, PolicyRule } from './policy.ts';
import type { Signal } from './signals.ts';

/** Signs that somebody else may be at work: nothing is made easier then. */
const SUSPICIOUS: readonly Signal[] = [
  'impossible-travel',
  'open-elsewhere',
  'code-from-elsewhere',
  'reported-password',
  'anonymising-network',
  'spray',
  'new-country',
  'recent-failures',
  'recent-password-change',
  'dormant-account',
];

const when = (condition: Partial<Condition>): Condition => ({
  any: [],
  all: [],
  none: [],
  clients: [],
  purposes: [],
  ...condition,
});

/**
 * What holds while `policy.rules` is empty. Nobody is refused and nobody needs a special device: whoever has their
 * phone gets in, from anywhere.
 */
export const BUILT_IN_RULES: readonly PolicyRule[] = [
  { name: 'suspicious', when: when({ any: SUSPICIOUS }), proof: 'push' },
  { name: 'remembered', when: when({ remembered: true }), proof: 'none' },
  { name: 'known', when: when({ known: true }), proof: 'push-short' },
];
