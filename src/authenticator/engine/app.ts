import { allAccounts } from '../storage/accounts.ts';
import { type AccountActions, createAccountActions } from './account-actions.ts';
import { type AnswerActions, createAnswerActions } from './answer-actions.ts';
import { type CareActions, createCareActions } from './care-actions.ts';
import { createEnrolActions, type EnrolActions } from './enrol-actions.ts';
import { keysWereLost, markFirstUse, markKeys } from './lost-keys.ts';
import { watchForNewVersion } from './new-version.ts';
import { createOfflineActions, type OfflineActions } from './offline-actions.ts';
import { listenInOneWindow } from './one-window.ts';
import type { Environment, Parts } from './parts.ts';
import { closeNotification, notificationsNow } from './permission.ts';
import { type AppState, holdState, type Outcome, type StateHolder } from './state.ts';
import { mendSubscriptions } from './subscriptions.ts';
import { registerWorker } from './worker-registration.ts';

/** The authenticator without its screens: what it knows, and what can be done. */
export interface App {
  readonly state: StateHolder;
  readonly environment: Environment;
  readonly answer: AnswerActions;
  readonly enrol: EnrolActions;
  readonly account: AccountActions;
  readonly care: CareActions;
  readonly offline: OfflineActions;
  /** Reads the keys, takes up what the address asks for, and begins to listen. */
  start(opening: Opening): Promise<void>;
}

/** What the address this window was opened with asks for. */
export interface Opening {
  /** An enrolment link, whole. */
  readonly link?: string | undefined;
  /** A request whose notification was tapped. */
  readonly request?: string | undefined;
}

export function createApp(environment: Environment, now: () => number = Date.now): App {
  const state = holdState();
  const registered = registerWorker();
  const windows = listenInOneWindow({
    onNews: (news) => answer.hear(news),
    onAccounts: () => void readAccounts(),
    onAnswering: (request, decision) => answer.answeredBeside(request, decision),
  });

  async function readAccounts(): Promise<void> {
    const accounts = await allAccounts();
    if (accounts.some((account) => account.state === 'active')) markKeys(true);
    const kept = new Set(accounts.map(({ id }) => id));
    state.set({
      accounts,
      requests: state.now.requests.filter(({ account }) => kept.has(account)),
      removed: state.now.removed.filter(({ id }) => kept.has(id)),
    });
  }

  async function mend(): Promise<void> {
    const registration = await registered;
    if (!registration) return;
    await navigator.serviceWorker.ready;
    const permission = notificationsNow();
    await mendSubscriptions(registration, allAccounts, permission === 'none' ? 'denied' : permission);
    await readAccounts();
  }

  function lookAfter(registration: ServiceWorkerRegistration): void {
    const version = watchForNewVersion(registration, () => isIdle(state.now));
    let shown: Outcome | undefined;
    state.onChange(() => {
      version.perhaps();
      const { outcome } = state.now;
      if (outcome === shown) return;
      shown = outcome;
      if (outcome?.request) void closeNotification(registration, outcome.request.challenge.id);
    });
  }

  const parts: Parts = {
    state,
    environment,
    windows,
    now,
    async accountsChanged() {
      await readAccounts();
      windows.accountsChanged();
      // Never waited for: a push service may take its time, and nothing here needs it.
      void mend().catch(() => {});
    },
  };
  const answer = createAnswerActions(parts);
  const enrol = createEnrolActions(parts);
  const account = createAccountActions(parts);
  const care = createCareActions(parts);
  const offline = createOfflineActions(parts);

  return {
    state,
    environment,
    answer,
    enrol,
    account,
    care,
    offline,
    async start({ link, request }) {
      await readAccounts();
      if (link !== undefined) markFirstUse();
      const lost = state.now.accounts.length === 0 && keysWereLost(notificationsNow());
      state.set({
        started: true,
        notifications: notificationsNow(),
        lost,
        connection: navigator.onLine ? 'waiting' : 'offline',
      });
      if (request !== undefined) answer.open(request);
      if (link !== undefined) enrol.useLink(link);
      windows.again();
      enrol.resume();
      void mend().catch(() => {});
      void registered.then((registration) => registration && lookAfter(registration));
      window.addEventListener('online', () => state.set({ connection: 'waiting' }));
      window.addEventListener('offline', () => state.set({ connection: 'offline' }));
      document.addEventListener('visibilitychange', () => state.set({ notifications: notificationsNow() }));
      setInterval(() => {
        answer.tick();
        offline.tick();
      }, 1000);
    },
  };
}

/** Nobody is in the middle of anything, and nothing waits, as far as the server has said for every account. */
function isIdle({
  started,
  answering,
  outcome,
  enrolling,
  requests,
  heard,
  accounts,
  where,
}: AppState): boolean {
  const calm = started && !answering && !outcome && !enrolling && where.at === 'home';
  const told = accounts.every(({ id, state }) => state !== 'active' || heard.has(id));
  return calm && told && requests.length === 0;
}
