import type { Take, Throttle } from '../limits/throttle.ts';
import { limitSubject } from '../risk/client-address.ts';
import type { OfflineCodesService } from './offline-codes.ts';
import type { RecoveryRules } from './use-code.ts';

/**
 * Six digits typed after the right password. A million of them and three that are right: what bounds a guess is the
 * throttle, taken before anything is looked at, and a hundred in a row for ever (R7). Not the counters of wrong
 * numbers: whoever has the password could close push with those.
 */
export type OfflineCodeResult =
  | { readonly kind: 'right'; readonly device: string }
  | { readonly kind: 'wrong' }
  /** `null`: closed until the codes are made anew. */
  | { readonly kind: 'wait'; readonly retryAfterS: number | null };

export interface UseOfflineCodeOptions {
  readonly codes: OfflineCodesService;
  readonly throttle: Throttle;
  readonly rules: RecoveryRules;
  readonly devices: { active(account: string): Promise<readonly { readonly id: string }[]> };
}

export type UseOfflineCode = ReturnType<typeof createUseOfflineCode>;

export function createUseOfflineCode({ codes, throttle, rules, devices }: UseOfflineCodeOptions) {
  return async (typed: {
    readonly account: string;
    readonly code: string;
    /** Whether the browser is one the account knows. */
    readonly known: boolean;
    readonly address: string;
  }): Promise<OfflineCodeResult> => {
    const { account, known } = typed;
    const onAccount: Take[] = (known ? rules.known : rules.account).map((rule) => ({
      rule,
      subject: account,
    }));
    const onAddress: Take[] = rules.address.map((rule) => ({ rule, subject: limitSubject(typed.address) }));
    const taken = await throttle.takeAll([...onAccount, ...onAddress]);
    if (!taken.allowed) {
      const { retryAfterMs } = taken;
      return {
        kind: 'wait',
        retryAfterS: Number.isFinite(retryAfterMs) ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : null,
      };
    }
    const active = async () => (await devices.active(account)).map(({ id }) => id);
    const device = await codes.take(account, typed.code, active);
    if (device === undefined) return { kind: 'wrong' };
    await Promise.all([
      ...onAccount.map(({ rule, subject }) => throttle.clear(rule, subject)),
      throttle.giveBackAll(onAddress),
    ]);
    return { kind: 'right', device };
  };
}

/** Codes made anew begin with no wrong ones. */
export async function forgetWrongCodes(
  throttle: Throttle,
  rules: RecoveryRules,
  account: string,
): Promise<void> {
  const both = [...rules.account, ...rules.known];
  await Promise.all(both.map((rule) => throttle.clear(rule, account)));
}
