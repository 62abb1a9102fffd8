import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { standingOf } from '../accounts/known-browsers.ts';
import { tryNormaliseName } from '../accounts/names.ts';
import type { Rule, Take, Throttle } from '../limits/throttle.ts';
import { limitSubject } from '../risk/client-address.ts';
import { DAY, HOUR, MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { HashPool } from './hash-pool.ts';
import { preparePassword } from './prepare.ts';

/**
 * The password step. Anybody may call it, with any name, from anywhere; an attacker here has a list of names, a list
 * of stolen passwords and many addresses. What bounds them: the throttle, taken before anything is hashed. What they
 * must not learn: whether a name exists, is disabled or has no password. Those three and a wrong password make the
 * same store calls and one hash each (R42).
 *
 * Wrong passwords slow and never lock: the rules are windows of growing length, so the wait grows with the failures
 * and always ends; a right password takes the failures away. A known browser counts apart from everybody else.
 */
export interface PasswordRules {
  /** For one account (or one unknown name) from all browsers that are not known to it. */
  readonly account: readonly Rule[];
  /** For one account from the browsers known to it. */
  readonly known: readonly Rule[];
  /** For one address, whatever names it tries, from unknown browsers. */
  readonly address: readonly Rule[];
}

const DEFAULT_PASSWORD_RULES: PasswordRules = {
  account: [
    { name: 'password-1m', max: 5, windowMs: MINUTE },
    { name: 'password-10m', max: 12, windowMs: 10 * MINUTE },
    { name: 'password-1h', max: 30, windowMs: HOUR },
  ],
  known: [
    { name: 'password-known-1m', max: 5, windowMs: MINUTE },
    { name: 'password-known-1h', max: 30, windowMs: HOUR },
  ],
  address: [{ name: 'password-address', max: 60, windowMs: 10 * MINUTE }],
};

export interface PasswordAttempt {
  readonly name: string;
  readonly password: string;
  /** Of the browser, after trusted proxies. */
  readonly address: string;
  /** SHA-256 of the `browser` cookie. */
  readonly browserHash: string;
}

export type PasswordResult =
  | {
      readonly ok: true;
      readonly account: Account;
      readonly known: boolean;
      /** A passkey of the account was made or used in this very browser. */
      readonly passkeyHere: boolean;
      /** Wrong ones just before. */
      readonly failures: number;
    }
  | {
      readonly ok: false;
      readonly reason: 'wrong';
      /** For the audit log only: no page may tell. */
      readonly account: Account | undefined;
      readonly known: boolean;
    }
  | {
      readonly ok: false;
      readonly reason: 'wait';
      readonly retryAfterS: number;
      /** For the audit log only: no page may tell. */
      readonly account: Account | undefined;
      readonly known: boolean;
    };

export interface PasswordCheck {
  /** @throws HashQueueFull, HashFailed, StoreUnavailable: all 503, and none of them counts as a wrong password. */
  check(attempt: PasswordAttempt): Promise<PasswordResult>;
  /** Resolves when no rehash is under way: for an orderly stop. */
  idle(): Promise<void>;
}

export interface PasswordCheckOptions {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly pool: HashPool;
  readonly throttle: Throttle;
  readonly rules?: PasswordRules;
  /** Code points; what is longer is wrong. The same number as for new passwords. */
  readonly maxLength: number;
  /** Told when a rehash fails: the sign-in went on without it. */
  readonly onRehashFailed?: (error: unknown) => void;
}

/** Stands for the account of a name nobody has, where a key is looked up for the sake of equal work. */
const NOBODY = '-';
const LONGEST_WAIT_S = DAY / 1000;

export function createPasswordCheck(options: PasswordCheckOptions): PasswordCheck {
  const { store, accounts, pool, throttle, maxLength } = options;
  const rules = options.rules ?? DEFAULT_PASSWORD_RULES;
  const rehashing = new Set<Promise<void>>();

  /** Keyed by the account where there is one: an alias, an e-mail or capitals hit the same counter (R9). */
  function takesFor(attempt: PasswordAttempt, account: Account | undefined, known: boolean) {
    const subject = account ? `sub:${account.sub}` : `name:${tryNormaliseName(attempt.name) ?? attempt.name}`;
    const onAccount: Take[] = (known ? rules.known : rules.account).map((rule) => ({ rule, subject }));
    const onAddress: Take[] = known
      ? []
      : rules.address.map((rule) => ({ rule, subject: limitSubject(attempt.address) }));
    return { onAccount, onAddress };
  }

  async function hashMatches(account: Account | undefined, password: string, known: boolean) {
    const { text, tooLong } = preparePassword(password, maxLength);
    const matches = await pool.verify(account?.passwordHash ?? null, text, { known });
    return matches && !tooLong;
  }

  async function rehash(account: Account, password: string): Promise<void> {
    try {
      const fresh = await pool.hash(preparePassword(password, maxLength).text, { known: false });
      await accounts.replaceHash(account.sub, account.passwordHash ?? '', fresh);
    } catch (error) {
      options.onRehashFailed?.(error);
    }
  }

  async function check(attempt: PasswordAttempt): Promise<PasswordResult> {
    const account = await accounts.findByName(attempt.name);
    const browser = await standingOf(store, account?.sub ?? NOBODY, attempt.browserHash);
    const { known } = browser;
    const { onAccount, onAddress } = takesFor(attempt, account, known);
    const takes = [...onAccount, ...onAddress];

    const taken = await throttle.takeAll(takes);
    if (!taken.allowed) {
      const retryAfterS = Math.min(LONGEST_WAIT_S, Math.max(1, Math.ceil(taken.retryAfterMs / 1000)));
      return { ok: false, reason: 'wait', retryAfterS, account, known };
    }

    let matches: boolean;
    try {
      matches = await hashMatches(account, attempt.password, known);
    } catch (error) {
      await throttle.giveBackAll(takes);
      throw error;
    }
    if (!account || !matches || account.disabled) return { ok: false, reason: 'wrong', account, known };

    // The account's failures are over; the address only gets this one back, or a script could wash its address
    // clean by signing in to an account of its own.
    await Promise.all([
      ...onAccount.map(({ rule, subject }) => throttle.clear(rule, subject)),
      throttle.giveBackAll(onAddress),
    ]);
    if (account.passwordHash !== null && pool.needsRehash(account.passwordHash)) {
      const work = rehash(account, attempt.password).finally(() => rehashing.delete(work));
      rehashing.add(work);
    }
    // Of this account alone: neighbours share an address.
    const failures = Math.max(1, ...taken.counts.slice(0, onAccount.length)) - 1;
    return { ok: true, account, known, passkeyHere: browser.passkey, failures };
  }

  return {
    check,
    idle: async () => {
      await Promise.all(rehashing);
    },
  };
}
