import { randomBase64url } from '../../protocol/base64url.ts';
import { normaliseCrockford } from '../../protocol/crockford.ts';
import { DeviceApiError } from '../../protocol/device-api-error.ts';
import { CODE_CHARACTERS, deviceNameSchema, type EnrolmentTicket } from '../../protocol/enrolment.ts';
import {
  addAccount,
  allAccounts,
  changeAccount,
  dropAccount,
  type StoredAccount,
} from '../storage/accounts.ts';
import { clientOf } from './clients.ts';
import { makeKey } from './device-key.ts';
import { readLink, refusedWhy } from './enrolling.ts';
import { backOffMs, codeOf, failureOf } from './failures.ts';
import type { Parts } from './parts.ts';
import { enrolScreenLock, hasScreenLock } from './screen-lock.ts';

export interface EnrolActions {
  /** Starts adding an account, with nothing to go by. */
  begin(): void;
  useLink(text: string): void;
  useCode(code: string, userName: string): void;
  scan(on: boolean): void;
  noCamera(): void;
  /** Makes the key and spends the link. */
  send(name: string): Promise<void>;
  /** Guards approvals by the phone's own lock. */
  useLock(): Promise<void>;
  withoutLock(): void;
  stop(): void;
  /** Goes on waiting for confirmations that a closed window left behind. */
  resume(): void;
}

/** Seconds a poll for the confirmation is held. */
const HOLD_S = 25;

export function createEnrolActions({ state, environment, accountsChanged }: Parts): EnrolActions {
  const set = (enrolling: (typeof state.now)['enrolling']) => state.set({ enrolling });
  const waiting = new Set<string>();

  const kept = (id: string) => state.now.accounts.find((account) => account.id === id);

  const askName = (ticket: EnrolmentTicket) =>
    set({ step: 'name', ticket, name: environment.deviceName, sending: false });

  async function send(typedName: string): Promise<void> {
    const { enrolling } = state.now;
    if (enrolling?.step !== 'name' || enrolling.sending) return;
    const name = deviceNameSchema.safeParse(typedName.trim());
    set({ ...enrolling, name: typedName, sending: true });
    const account = await keyFor(name.success ? name.data : environment.deviceName).catch(() => undefined);
    if (!account) return set({ step: 'refused', why: 'no-keys' });
    try {
      const message = await clientOf(account).enrol({
        ticket: enrolling.ticket,
        name: account.name,
        kind: 'web',
      });
      const { device, account: owner, application_server_key } = message;
      await changeAccount(account.id, {
        kid: device.id,
        state: 'pending',
        userName: owner.user_name,
        name: device.name,
        fingerprint: device.fingerprint,
        ...(application_server_key === undefined ? {} : { applicationServerKey: application_server_key }),
      });
    } catch (error) {
      await dropAccount(account.id);
      return set({ step: 'refused', why: refusedWhy(codeOf(error)) });
    }
    await accountsChanged();
    const lock = await hasScreenLock();
    set(
      lock
        ? { step: 'lock', account: account.id, doing: false, failed: false }
        : { step: 'confirm', account: account.id },
    );
    void untilConfirmed(account.id);
  }

  async function useLock(): Promise<void> {
    const { enrolling } = state.now;
    const account = enrolling?.step === 'lock' ? kept(enrolling.account) : undefined;
    if (enrolling?.step !== 'lock' || enrolling.doing || !account) return;
    set({ ...enrolling, doing: true, failed: false });
    try {
      await enrolScreenLock(clientOf(account));
      await changeAccount(account.id, { credential: true });
      await accountsChanged();
    } catch (error) {
      const over = error instanceof DeviceApiError && error.code === 'enrolment_expired';
      if (!over) return set({ ...enrolling, doing: false, failed: true });
    }
    afterLock(account.id);
  }

  /** The browser may have confirmed meanwhile. */
  function afterLock(id: string): void {
    set({ step: kept(id)?.state === 'active' ? 'done' : 'confirm', account: id });
  }

  /** Kept before the link is spent: a browser that cannot keep it must not cost the link. */
  async function keyFor(name: string): Promise<StoredAccount> {
    const account: StoredAccount = {
      id: randomBase64url(12),
      issuer: environment.issuer,
      state: 'enrolling',
      name,
      addedAt: Date.now(),
      ...(await makeKey()),
    };
    await addAccount(account);
    // Asked for, never waited for: a browser may leave it open.
    void navigator.storage?.persist?.();
    return account;
  }

  async function untilConfirmed(id: string): Promise<void> {
    if (waiting.has(id)) return;
    waiting.add(id);
    try {
      for (let failures = 0; ; ) {
        const account = (await allAccounts()).find((kept) => kept.id === id);
        if (account?.state !== 'pending') return;
        try {
          const { device } = await clientOf(account).status({ wait: HOLD_S });
          failures = 0;
          if (device.state !== 'pending') return await settle(account, device.state);
        } catch (error) {
          const failure = failureOf(error);
          if (failure === 'removed' || failure === 'refused') return await settle(account, 'cancelled');
          failures++;
          await new Promise((resolve) =>
            setTimeout(
              resolve,
              backOffMs(failures, () => 0.5),
            ),
          );
        }
      }
    } finally {
      waiting.delete(id);
    }
  }

  async function settle(account: StoredAccount, how: 'active' | 'cancelled' | 'expired'): Promise<void> {
    if (how === 'active') await changeAccount(account.id, { state: 'active' });
    else await dropAccount(account.id);
    const { enrolling } = state.now;
    const shown =
      (enrolling?.step === 'confirm' || enrolling?.step === 'lock') && enrolling.account === account.id;
    await accountsChanged();
    // Whoever is about to use the phone's lock goes on with that first.
    if (how === 'active' && state.now.enrolling?.step === 'lock') return;
    if (how === 'active' && (shown || !enrolling)) set({ step: 'done', account: account.id });
    else if (how !== 'active' && (shown || !enrolling)) set({ step: 'not-confirmed', why: how });
  }

  return {
    begin: () => set({ step: 'ticket', scanning: false }),
    useLink(text) {
      const read = readLink(text, environment.issuer);
      if ('ticket' in read) askName(read.ticket);
      else if (read.problem === 'other-server') set({ step: 'refused', why: 'other-server' });
      else set({ step: 'ticket', scanning: false, problem: 'no-link' });
    },
    useCode(code, userName) {
      const plain = normaliseCrockford(code, CODE_CHARACTERS);
      const name = userName.trim();
      if (plain === undefined) set({ step: 'ticket', scanning: false, problem: 'no-code' });
      else if (name === '') set({ step: 'ticket', scanning: false, problem: 'no-name' });
      else askName({ code: plain, user_name: name });
    },
    scan: (on) => set({ step: 'ticket', scanning: on }),
    noCamera: () => set({ step: 'ticket', scanning: false, problem: 'no-camera' }),
    send,
    useLock,
    withoutLock() {
      const { enrolling } = state.now;
      if (enrolling?.step === 'lock') afterLock(enrolling.account);
    },
    stop: () => set(undefined),
    resume() {
      for (const { id, state: how } of state.now.accounts) if (how === 'pending') void untilConfirmed(id);
    },
  };
}
