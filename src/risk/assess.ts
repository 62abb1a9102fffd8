import type { Account } from '../accounts/account.ts';
import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Purpose } from '../protocol/context.ts';
import { DAY, keys } from '../store/keys.ts';
import type { Found, Key, Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import { networkOf } from './client-address.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Facts } from './facts.ts';
import { measure } from './measure.ts';
import { type Decision, decideProof, type RiskPolicy } from './policy.ts';
import { FORGOTTEN_AFTER_MS, type Here, learn, type Profile, readProfile } from './profile.ts';
import { atLeast, type Proof } from './proof.ts';

/**
 * What a sign-in has to show, decided right after the right password and when a session asks for more.
 *
 * Whoever calls has the password, and may be an attacker with it: what they could learn of the account here is what
 * its page would differ by. So the same questions are asked of the store for everybody, whatever comes of them (R42),
 * and the sentences go to the devices alone.
 */
export interface Risk {
  assess(attempt: Attempt): Promise<Assessment>;
  /** A device or a passkey said yes: where and when becomes part of what is usual. */
  learn(account: string, address: string): Promise<void>;
}

export interface Attempt {
  readonly chain: string;
  readonly account: Pick<Account, 'sub' | 'passwordChangedAt' | 'passwordKnownSince' | 'groups'>;
  /** SHA-256 of the `browser` cookie. */
  readonly browser: string;
  readonly known: boolean;
  readonly remembered: boolean;
  readonly client: { readonly id: string; readonly proof: Proof };
  readonly purpose: Purpose;
  /** Of the browser. */
  readonly address: string;
  /** Of a device code: of the device that waits. */
  readonly waitingAddress?: string;
  /** Wrong passwords just before. */
  readonly failures: number;
  readonly requestId?: string;
}

export interface Assessment extends Decision {
  readonly facts: Facts;
  /** What was read for it, so that who goes on needs not ask again. */
  readonly read: {
    /** The account's record of open challenges. */
    readonly open: Found<unknown>;
    readonly devices: readonly Device[];
    readonly wrongNumbers: number;
  };
}

export interface RiskDependencies {
  readonly store: Store;
  readonly audit: Audit;
  readonly policy: RiskPolicy;
  /** Whether a passkey is required of this person at this app by now. */
  readonly passkeyRequired: (person: Pick<Account, 'groups'>, clientId: string, now: number) => boolean;
  readonly placeOf: (address: string) => Here['place'];
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  /** Sign-ins that other browsers of an account have open, from its record of open challenges. */
  readonly openElsewhere: (record: Found<unknown>, browser: string, now: number) => readonly Elsewhere[];
  /** Counter of accounts tried from one network, by `networkOf`; and its window, ms. */
  readonly spray: { readonly key: (network: string) => Key; readonly windowMs: number | null };
  /** Counter of an account's wrong numbers, and its window, ms. */
  readonly wrongNumbers: { readonly key: (account: string) => Key; readonly windowMs: number | null };
}

export function createRisk(deps: RiskDependencies): Risk {
  const { store, audit, placeOf, policy } = deps;

  async function look(attempt: Attempt) {
    const { sub } = attempt.account;
    const { spray, wrongNumbers } = deps;
    // All questions at once: somebody waits at the browser.
    const [records, now, devices, tried, wrong] = await Promise.all([
      store.getMany<unknown>([keys.riskProfile(sub), keys.openChallenges(sub)]),
      store.now(),
      deps.devices.active(sub),
      store.count(spray.key(networkOf(attempt.address)), { windowMs: spray.windowMs, by: 0 }),
      store.count(wrongNumbers.key(sub), { windowMs: wrongNumbers.windowMs, by: 0 }),
    ]);
    return { records, now, devices, tried: tried.count, wrong: wrong.count };
  }

  return {
    async assess(attempt) {
      const { chain, account, browser, known, remembered, client, purpose, address } = attempt;
      const { records, now, devices, tried, wrong } = await look(attempt);
      const at = (where: string): Here => ({ address: where, place: placeOf(where), at: now });
      const { waitingAddress } = attempt;
      const facts = measure({
        purpose,
        known,
        remembered,
        here: at(waitingAddress ?? address),
        ...(waitingAddress === undefined ? {} : { browser: at(address) }),
        profile: readProfile(records[0]),
        passwordChangedAt: account.passwordChangedAt === null ? null : account.passwordChangedAt * 1000,
        enrolled: devices.map(({ enrolledAt }) => enrolledAt),
        failures: attempt.failures + wrong,
        passwordReported: account.passwordKnownSince != null,
        spray: tried,
        elsewhere: deps.openElsewhere(records[1], browser, now),
      });
      const required = deps.passkeyRequired(account, client.id, now);
      const floor = required ? atLeast(client.proof, 'passkey') : client.proof;
      const decision = decideProof(policy, { facts, client: client.id, floor });
      const { proof, rule, raisedBy, signals } = decision;
      audit.record(
        {
          type: 'risk.assessed',
          account: account.sub,
          chain,
          client: client.id,
          address,
          facts,
          floor,
          signals: signals.map(({ signal }) => signal),
          rule,
          needs: proof,
          ...(raisedBy === undefined ? {} : { raisedBy }),
        },
        attempt.requestId === undefined ? {} : { requestId: attempt.requestId },
      );
      return { ...decision, facts, read: { open: records[1], devices, wrongNumbers: wrong } };
    },

    async learn(account, address) {
      const now = await store.now();
      const here: Here = { address, place: placeOf(address), at: now };
      await update<Profile>(store, keys.riskProfile(account), (current) => ({
        value: learn(readProfile(current), here),
        ttlMs: FORGOTTEN_AFTER_MS + DAY,
      }));
    },
  };
}
