import type { Audit } from '../audit/audit.ts';
import type { Tell } from '../push/notices.ts';
import { DAY, HOUR } from '../store/keys.ts';
import type { Sprayed } from './spray.ts';

/**
 * Writes down what looks like an attack: with its count, and once in a while instead of at every try. No request waits
 * for it, so that an attacker sees no difference; each process keeps its own account of what it has said.
 */
export interface AttackWatch {
  /** One account is asked for again and again by somebody who has its password. */
  harassment(attack: {
    readonly account: string;
    /** Requests of unknown browsers in `windowMs` without a success. */
    readonly tries: number;
    readonly windowMs: number;
    /** Of the newest one. */
    readonly address: string;
  }): void;
  /** One address or network asks for many accounts. */
  spray(attack: Sprayed): void;
}

/** Said of one account or network once in this time … */
const EVENT_MS = HOUR;
/** … and its owner, whose phone a notice wakes, hears of it more rarely. */
const NOTICE_MS = DAY;
/** Subjects remembered; past it the oldest are forgotten, which costs one event more. */
const MOST_SUBJECTS = 10_000;

export function createAttackWatch(
  { audit, tell }: { readonly audit: Audit; readonly tell: Tell },
  now: () => number = Date.now,
): AttackWatch {
  const said = new Map<string, number>();

  function due(subject: string, everyMs: number): boolean {
    const at = now();
    const before = said.get(subject);
    if (before !== undefined && at - before < everyMs && at >= before) return false;
    said.delete(subject);
    said.set(subject, at);
    if (said.size > MOST_SUBJECTS) said.delete(said.keys().next().value!);
    return true;
  }

  return {
    harassment({ account, tries, windowMs, address }) {
      if (!due(`event ${account}`, EVENT_MS)) return;
      const seconds = Math.round(windowMs / 1000);
      audit.record({ type: 'attack.harassment', account, tries, seconds, address });
      if (due(`notice ${account}`, NOTICE_MS)) tell(account, { notice: 'pushes-paused' }, []);
    },
    spray({ what, value, accounts }) {
      if (due(`spray ${what} ${value}`, EVENT_MS))
        audit.record({ type: 'attack.spray', what, value, accounts });
    },
  };
}
