import { equalText } from '../devices/equal-text.ts';
import type { Rule, Take, Throttle } from '../limits/throttle.ts';
import { limitSubject } from '../risk/client-address.ts';
import { keys } from '../store/keys.ts';
import type { Found, Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { type Bypass, spendBypass } from './bypass.ts';
import { hashOfCode, type RecoveryCodes, unusedCodes, useCode } from './recovery-codes.ts';

/**
 * A code typed in place of a device, after the right password. Who may call: whoever has the password. What bounds
 * them: 80 bits, and the throttle, taken before anything is looked at. A known browser counts apart, so that a thief
 * who types wrong ones all day does not keep the owner out. An account without codes costs what any other does (R42).
 */
export interface RecoveryRules {
  /** For one account from all browsers that are not known to it. */
  readonly account: readonly Rule[];
  readonly known: readonly Rule[];
  /** For one address, whatever accounts it tries. */
  readonly address: readonly Rule[];
}

export interface TypedCode {
  readonly account: string;
  readonly typed: string;
  /** Whether the browser is one the account knows. */
  readonly known: boolean;
  readonly address: string;
  /** Whether an admin's code may end this sign-in; if not, a right one is kept. */
  readonly bypassFits: boolean;
}

export type CodeResult =
  | { readonly kind: 'recovery'; readonly left: number }
  | { readonly kind: 'bypass' }
  /** An admin's code, right and still there, which this request does not take. */
  | { readonly kind: 'bypass-does-not-fit' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly retryAfterS: number };

export interface UseCodeOptions {
  readonly store: Store;
  readonly throttle: Throttle;
  readonly rules: RecoveryRules;
  /** Whether admins' codes count here at all. */
  readonly bypass: boolean;
}

export type UseRecoveryCode = (typed: TypedCode) => Promise<CodeResult>;

export function createUseCode({ store, throttle, rules, bypass }: UseCodeOptions): UseRecoveryCode {
  return async ({ account, typed, known, address, bypassFits }) => {
    const onAccount: Take[] = (known ? rules.known : rules.account).map((rule) => ({
      rule,
      subject: account,
    }));
    const onAddress: Take[] = rules.address.map((rule) => ({ rule, subject: limitSubject(address) }));
    const taken = await throttle.takeAll([...onAccount, ...onAddress]);
    if (!taken.allowed)
      return { kind: 'wait', retryAfterS: Math.max(1, Math.ceil(taken.retryAfterMs / 1000)) };

    const hash = hashOfCode(account, typed);
    const [codes, given] = (await store.getMany([keys.recoveryCodes(account), keys.bypass(account)])) as [
      Found<RecoveryCodes>,
      Found<Bypass>,
    ];
    const result = await use(codes, given);
    if (result.kind !== 'wrong') {
      // The account's failures are over; the address gets only this one back.
      await Promise.all([
        ...onAccount.map(({ rule, subject }) => throttle.clear(rule, subject)),
        throttle.giveBackAll(onAddress),
      ]);
    }
    return result;

    async function use(codesRead: Found<RecoveryCodes>, bypassRead: Found<Bypass>): Promise<CodeResult> {
      const now = Date.now();
      if (codesRead && !codesRead.dead && useCode(codesRead.value, hash, now)) {
        const left = await spendCode(account, hash, now, codesRead);
        return left === undefined ? { kind: 'wrong' } : { kind: 'recovery', left };
      }
      if (!bypass || !bypassRead || bypassRead.dead || bypassRead.value.v !== 1) return { kind: 'wrong' };
      if (!equalText(bypassRead.value.hash, hash)) return { kind: 'wrong' };
      if (!bypassFits) return { kind: 'bypass-does-not-fit' };
      return { kind: (await spendBypass(store, account, bypassRead)) ? 'bypass' : 'wrong' };
    }
  };

  /** Of any number of callers one has it. @returns how many are left */
  async function spendCode(
    account: string,
    hash: string,
    now: number,
    found: Found<RecoveryCodes>,
  ): Promise<number | undefined> {
    const read = Promise.resolve(found);
    const written = await update<RecoveryCodes>(
      store,
      keys.recoveryCodes(account),
      (current) => {
        const next = current && useCode(current.value, hash, now);
        return next && { value: next };
      },
      { found: read },
    );
    return written && unusedCodes(written.value);
  }
}
