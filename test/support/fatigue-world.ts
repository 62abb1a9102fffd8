import { randomBytes } from 'node:crypto';
import { type AccountGuard, createAccountGuard } from '../../src/approval/account-guard.ts';
import type { ApprovalOptions } from '../../src/approval/approval-dependencies.ts';
import { type Approvals, createApprovals } from '../../src/approval/approvals.ts';
import type { Challenge } from '../../src/approval/challenge.ts';
import { createAudit } from '../../src/audit/audit.ts';
import { createLogger } from '../../src/audit/logger.ts';
import type { Device } from '../../src/devices/device.ts';
import { createDevices } from '../../src/devices/devices.ts';
import { createThrottle } from '../../src/limits/throttle.ts';
import { NOWHERE } from '../../src/risk/place.ts';
import { DAY, HOUR, MINUTE } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/port.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { SAMPLE_CONTEXT, sampleDevice } from './sample-challenge.ts';
import { tempStore } from './temp-store.ts';

/** The limits as they come, apart from what a test is not about. */
export const LIMITS: ApprovalOptions = {
  lifeMs: 120_000,
  digits: 6,
  knownDigits: 6,
  maxWrong: 3,
  open: { unknown: 2, known: 1 },
  pushRules: {
    unknown: [
      { name: 'push-0', max: 3, windowMs: 10 * MINUTE },
      { name: 'push-1', max: 10, windowMs: DAY },
    ],
    known: [{ name: 'push-known', max: 10, windowMs: 10 * MINUTE }],
  },
  wrongRule: { name: 'wrong-number', max: 10, windowMs: HOUR },
  blockMs: DAY,
  spray: {
    address: { name: 'spray-address', max: 20, windowMs: HOUR },
    network: { name: 'spray-network', max: 60, windowMs: HOUR },
  },
};

export interface Attempt {
  readonly account: string;
  readonly browser: string;
  readonly known?: boolean;
  readonly address?: string;
  /** The same one again and again for one browser, as its tab would have. */
  readonly chain?: string;
}

export interface FatigueWorld {
  readonly store: Store;
  readonly guard: AccountGuard;
  /** Two nodes over one store. */
  readonly nodes: readonly [Approvals, Approvals];
  /** Every challenge that rang, in order. */
  readonly rung: Challenge[];
  /** A person with one device. */
  person(): Promise<{ readonly account: string; readonly device: Device }>;
  ask(attempt: Attempt, node?: 0 | 1): Promise<Challenge>;
  close(): Promise<void>;
}

/** The approvals of two nodes over one store, without HTTP in front of them: thousands of attempts in seconds. */
export async function fatigueWorld(
  given?: Store,
  options: Partial<ApprovalOptions> = {},
): Promise<FatigueWorld> {
  const temporary = given ? undefined : await tempStore();
  const store = given ?? temporary!.store;
  const devices = createDevices(store);
  const throttle = createThrottle(store);
  const audit = createAudit({ store, logger: createLogger({ level: 'silent' }) });
  const limits = { ...LIMITS, ...options };
  const rung: Challenge[] = [];
  const node = () =>
    createApprovals({
      store,
      devices,
      throttle,
      audit,
      mayAnswer: async () => true,
      notify: (challenge) => void rung.push(challenge),
      onReported: async () => {},
      attacks: { harassment: () => {}, spray: () => {} },
      options: limits,
    });
  const nodes = [node(), node()] as const;
  return {
    store,
    nodes,
    rung,
    guard: createAccountGuard({ store, throttle, rules: limits.pushRules.unknown }),
    async person() {
      const account = `acct-${randomBytes(8).toString('hex')}`;
      const device = await sampleDevice(nobleKey('EdDSA'), { id: `${account}.AAAAAAAAAAAAAAAAAAAAAA` });
      await devices.add(device);
      return { account, device };
    },
    ask({ account, browser, known = false, address = '203.0.113.7', chain }, on = 0) {
      return nodes[on].request({
        chain: chain ?? randomBytes(18).toString('base64url'),
        account,
        browser,
        known,
        client: { id: 'app', name: 'App' },
        purpose: 'sign-in',
        from: { address, place: NOWHERE },
        context: () => ({ ...SAMPLE_CONTEXT, account, address }),
      });
    },
    async close() {
      await audit.close();
      await temporary?.close();
    },
  };
}
