import type { Enrolling } from '../engine/enrolling.ts';
import type { Answering, AppState, Outcome, Where } from '../engine/state.ts';
import type { StoredAccount } from '../storage/accounts.ts';

/** Every screen there is; which one is shown follows from the state alone. */
export type Screen =
  | { readonly name: 'loading' }
  | { readonly name: 'request'; readonly answering: Answering; readonly more: number }
  | { readonly name: 'scan-request'; readonly answering: Answering }
  | { readonly name: 'outcome'; readonly outcome: Outcome }
  | { readonly name: 'removed'; readonly account: StoredAccount }
  | { readonly name: 'enrol'; readonly enrolling: Exclude<Enrolling, { step: 'confirm' }> }
  | { readonly name: 'scan-link' }
  | { readonly name: 'confirm'; readonly account: StoredAccount }
  /** Nobody's phone yet: in a browser, on the Home Screen, on an iPhone outside of it, or robbed of its storage. */
  | { readonly name: 'welcome'; readonly why: 'new' | 'installed' | 'home-screen-first' | 'lost' }
  | { readonly name: 'account'; readonly account: StoredAccount }
  | {
      readonly name: 'activity';
      readonly account: StoredAccount;
      readonly where: Extract<Where, { at: 'activity' }>;
    }
  | {
      readonly name: 'secure';
      readonly account: StoredAccount;
      readonly where: Extract<Where, { at: 'secure' }>;
    }
  | {
      readonly name: 'offline-code';
      readonly account: StoredAccount;
      readonly where: Extract<Where, { at: 'offline-code' }>;
    }
  | { readonly name: 'home' };

export interface Window {
  readonly standalone: boolean;
  readonly ios: boolean;
}

export function screenOf(state: AppState, window: Window): Screen {
  if (!state.started) return { name: 'loading' };
  const { answering, outcome, enrolling, accounts, where } = state;
  if (answering) {
    return answering.scanning
      ? { name: 'scan-request', answering }
      : { name: 'request', answering, more: state.requests.length - 1 };
  }
  if (outcome) return { name: 'outcome', outcome };
  const [removed] = state.removed;
  if (removed) return { name: 'removed', account: removed };
  if (enrolling) return enrolScreen(enrolling, accounts);
  if (where.at !== 'home') {
    const account = accounts.find(({ id }) => id === where.id);
    if (account) return accountScreen(account, where);
  }
  if (accounts.some((account) => account.state === 'active')) return { name: 'home' };
  const pending = accounts.find((account) => account.state === 'pending');
  if (pending) return { name: 'confirm', account: pending };
  return { name: 'welcome', why: whyNone(state, window) };
}

function accountScreen(account: StoredAccount, where: Exclude<Where, { at: 'home' }>): Screen {
  if (where.at === 'activity') return { name: 'activity', account, where };
  if (where.at === 'offline-code') return { name: 'offline-code', account, where };
  return where.at === 'secure' ? { name: 'secure', account, where } : { name: 'account', account };
}

function enrolScreen(enrolling: Enrolling, accounts: readonly StoredAccount[]): Screen {
  if (enrolling.step === 'ticket' && enrolling.scanning) return { name: 'scan-link' };
  if (enrolling.step !== 'confirm') return { name: 'enrol', enrolling };
  const account = accounts.find(({ id }) => id === enrolling.account);
  return account ? { name: 'confirm', account } : { name: 'loading' };
}

function whyNone(
  state: AppState,
  { standalone, ios }: Window,
): 'new' | 'installed' | 'home-screen-first' | 'lost' {
  if (state.lost) return 'lost';
  if (standalone) return 'installed';
  return ios ? 'home-screen-first' : 'new';
}

/** What a change of makes this another screen: then its heading takes the focus. */
export function screenKey(screen: Screen): string {
  switch (screen.name) {
    case 'request':
    case 'scan-request':
      return `${screen.name} ${screen.answering.request.challenge.id}`;
    case 'outcome':
      return `outcome ${screen.outcome.kind} ${screen.outcome.request?.challenge.id}`;
    case 'enrol':
      return `enrol ${screen.enrolling.step}`;
    case 'confirm':
    case 'removed':
    case 'account':
    case 'activity':
    case 'offline-code':
      return `${screen.name} ${screen.account.id}`;
    case 'secure':
      return `secure ${screen.where.step === 'done'} ${screen.account.id}`;
    case 'welcome':
      return `welcome ${screen.why}`;
    default:
      return screen.name;
  }
}
