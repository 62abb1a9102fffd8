import type { ChallengeMessage } from '../../protocol/messages.ts';
import type { OutcomeKind } from './state.ts';

/** How a request ended that this device did not decide, by what the server says of it. */
export function endedAs(state: ChallengeMessage['state']): OutcomeKind {
  switch (state) {
    case 'approved':
    case 'consumed':
      return 'approved-elsewhere';
    case 'denied':
    case 'reported':
      return 'denied-elsewhere';
    case 'failed':
      return 'failed';
    case 'superseded':
      return 'superseded';
    case 'expired':
    case 'pending':
      return 'expired';
  }
}

const REFUSALS: Readonly<Record<string, OutcomeKind>> = {
  challenge_expired: 'expired',
  challenge_superseded: 'superseded',
  challenge_failed: 'failed',
  challenge_not_found: 'gone',
};

/** What a refused answer means; `challenge_decided` is asked about, and everything else is the server's no. */
export function refusedAs(code: string): OutcomeKind {
  return REFUSALS[code] ?? 'refused';
}
