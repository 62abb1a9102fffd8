import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { makeCodes, type RecoveryCodes, unusedCodes } from './recovery-codes.ts';

/** How an account's recovery codes stand, for its owner. */
export interface CodesLeft {
  readonly left: number;
  readonly of: number;
  /** Epoch ms. */
  readonly madeAt: number;
}

/**
 * Makes an account's recovery codes anew: those it had stop working in the same write.
 *
 * @param change the approved change of factors that asks for them.
 * @returns the codes, which are nowhere else; `undefined` when this change has made some already.
 */
export async function makeRecoveryCodes(
  store: Store,
  account: string,
  change: string,
): Promise<readonly string[] | undefined> {
  const { codes, record } = makeCodes(account, change, await store.now());
  const written = await update<RecoveryCodes>(store, keys.recoveryCodes(account), (current) =>
    current?.value.change === change ? undefined : { value: record, ttlMs: null },
  );
  return written && codes;
}

/** One store call, whatever the answer. */
export async function recoveryCodesLeft(store: Store, account: string): Promise<CodesLeft | undefined> {
  const record = (await store.get<RecoveryCodes>(keys.recoveryCodes(account)))?.value;
  if (record?.v !== 1) return undefined;
  return { left: unusedCodes(record), of: record.codes.length, madeAt: record.madeAt };
}
