import type { DeviceList } from '../devices/device.ts';
import type { PasskeyList } from '../passkey/passkey.ts';
import { type RecoveryCodes, unusedCodes } from '../recovery/recovery-codes.ts';
import type { Profile } from '../risk/profile.ts';
import { keys } from '../store/keys.ts';
import type { Found, Store } from '../store/port.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';

/** What one person can sign in with. */
export interface PersonFactors {
  readonly sub: string;
  readonly userName: string;
  readonly disabled: boolean;
  readonly groups: readonly string[];
  /** Devices that approve. */
  readonly devices: number;
  readonly passkeys: number;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  /** Of the last sign-in that a device or passkey approved, epoch ms; `null`: never. */
  readonly signedInAt: number | null;
}

/** Whom a report is about; a person may be in several. */
export const FACTOR_GAPS = {
  'push-only': ({ devices, passkeys }) => devices > 0 && passkeys === 0,
  passkeys: ({ passkeys }) => passkeys > 0,
  'no-second-device': ({ devices }) => devices === 1,
  'no-factor': ({ devices, passkeys }) => devices === 0 && passkeys === 0,
  'no-recovery-codes': ({ recoveryCodes }) => recoveryCodes === 0,
  'never-signed-in': ({ signedInAt }) => signedInAt === null,
} as const satisfies Record<string, (person: PersonFactors) => boolean>;

export type FactorGap = keyof typeof FACTOR_GAPS;

/** Accounts read at once: with their records a few thousand keys, in a round trip or two. */
const PAGE = 250;
const KINDS = 4;

/**
 * Everybody, in order of creation, a page at a time: nothing of the page before is kept, however many there are.
 *
 * @throws StoreUnavailable
 */
export async function* factorReport(
  store: Store,
  accounts: Pick<Accounts, 'list'>,
): AsyncGenerator<PersonFactors> {
  let after: string | undefined;
  do {
    const page = await accounts.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const wanted = page.accounts.flatMap(({ sub }) => [
      keys.devices(sub),
      keys.passkeys(sub),
      keys.recoveryCodes(sub),
      keys.riskProfile(sub),
    ]);
    const found = await store.getMany(wanted);
    for (const [i, account] of page.accounts.entries())
      yield personOf(account, found.slice(i * KINDS, (i + 1) * KINDS));
    after = page.next;
  } while (after !== undefined);
}

function personOf(account: Account, records: readonly Found<unknown>[]): PersonFactors {
  const [devices, passkeys, codes, profile] = records.map((found) => found?.value) as [
    DeviceList | undefined,
    PasskeyList | undefined,
    RecoveryCodes | undefined,
    Profile | undefined,
  ];
  return {
    sub: account.sub,
    userName: account.userName,
    disabled: account.disabled,
    groups: account.groups ?? [],
    devices: devices?.devices.filter(({ state }) => state === 'active').length ?? 0,
    passkeys: passkeys?.v === 1 ? passkeys.passkeys.length : 0,
    recoveryCodes: unusedCodes(codes),
    signedInAt: profile?.v === 1 ? (profile.last[0]?.at ?? profile.since) : null,
  };
}

/** How many of those seen so far are in each. */
export interface FactorCounts {
  readonly people: number;
  readonly gaps: Readonly<Record<FactorGap, number>>;
}

export function countFactors(): { add(person: PersonFactors): void; counts(): FactorCounts } {
  let people = 0;
  const gaps = Object.fromEntries(Object.keys(FACTOR_GAPS).map((gap) => [gap, 0])) as Record<
    FactorGap,
    number
  >;
  return {
    add(person) {
      people++;
      for (const gap of Object.keys(FACTOR_GAPS) as FactorGap[]) if (FACTOR_GAPS[gap](person)) gaps[gap]++;
    },
    counts: () => ({ people, gaps: { ...gaps } }),
  };
}
