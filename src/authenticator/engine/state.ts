import type { ActivityMessage, ChallengeMessage } from '../../protocol/messages.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import type { Enrolling } from './enrolling.ts';

/** A request that waits for an answer of this device. */
export interface OpenRequest {
  readonly account: string;
  readonly challenge: ChallengeMessage;
  /** Epoch ms by this device's clock, which the server's word was turned into. */
  readonly endsAt: number;
  /** ms from the first sight to the end: what the ring is full at. */
  readonly life: number;
}

/** How an answer, or a request without one, ended. */
export type OutcomeKind =
  | 'approved'
  | 'denied'
  | 'reported'
  | 'expired'
  | 'superseded'
  | 'failed'
  | 'approved-elsewhere'
  | 'denied-elsewhere'
  | 'refused'
  | 'gone';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly request: OpenRequest | undefined;
  readonly requestId?: string | undefined;
}

/** The request on the screen, and how far its answer is. */
export interface Answering {
  readonly request: OpenRequest;
  /** What was typed so far: digits only. */
  readonly typed: string;
  /** The secret of the browser's QR code, in place of the number. */
  readonly scanned: string | undefined;
  readonly sending: 'approve' | 'deny' | 'report' | undefined;
  readonly problem: AnswerProblem | undefined;
  readonly scanning: boolean;
}

export type AnswerProblem =
  | { readonly kind: 'wrong-number'; readonly triesLeft: number | undefined }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'busy'; readonly seconds: number }
  /** The phone's own lock was not passed. */
  | { readonly kind: 'not-verified' }
  | { readonly kind: 'not-this-code' }
  | { readonly kind: 'no-camera' };

/** What a browser lets us do with notifications. */
export type Notifications = 'granted' | 'default' | 'denied' | 'none';

export type Where =
  | {
      readonly at: 'activity';
      readonly id: string;
      /** Absent while they are asked for. */
      readonly events?: ActivityMessage['events'];
      /** Epoch seconds of the server. */
      readonly serverTime?: number;
      readonly problem?: boolean;
    }
  | {
      readonly at: 'secure';
      readonly id: string;
      readonly step: 'ask' | 'doing' | 'done';
      /** How many ended. */
      readonly sessions?: number;
      readonly problem?: boolean;
    }
  | {
      readonly at: 'offline-code';
      readonly id: string;
      /** Absent while it is looked for. */
      readonly code?: string;
      /** Until the next one. */
      readonly leftMs?: number;
      /** The server says that they are off. */
      readonly off?: true;
      readonly problem?: true;
    }
  | { readonly at: 'home' }
  | {
      readonly at: 'account';
      readonly id: string;
      readonly asking?: 'remove' | undefined;
      readonly doing?: 'renaming' | 'removing' | undefined;
      readonly problem?: 'unreachable' | 'name' | undefined;
    };

export interface AppState {
  readonly started: boolean;
  readonly accounts: readonly StoredAccount[];
  readonly requests: readonly OpenRequest[];
  /** Accounts whose requests were seen since this window opened: before that, an empty list says nothing. */
  readonly heard: ReadonlySet<string>;
  /** Whether the server is heard. */
  readonly connection: 'ok' | 'waiting' | 'offline' | 'unreachable';
  readonly notifications: Notifications;
  readonly enrolling: Enrolling | undefined;
  readonly answering: Answering | undefined;
  readonly outcome: Outcome | undefined;
  /** Accounts that the server no longer takes from this device. */
  readonly removed: readonly StoredAccount[];
  /** A key was here before, and the browser has lost it. */
  readonly lost: boolean;
  readonly where: Where;
  /** A request came that holds something this version cannot show. */
  readonly unreadable: boolean;
}

export const FIRST_STATE: AppState = {
  started: false,
  accounts: [],
  requests: [],
  heard: new Set(),
  connection: 'waiting',
  notifications: 'none',
  enrolling: undefined,
  answering: undefined,
  outcome: undefined,
  removed: [],
  lost: false,
  where: { at: 'home' },
  unreadable: false,
};

export interface StateHolder {
  readonly now: AppState;
  set(change: Partial<AppState>): void;
  onChange(listener: () => void): void;
}

export function holdState(): StateHolder {
  let now = FIRST_STATE;
  const listeners: (() => void)[] = [];
  return {
    get now() {
      return now;
    },
    set(change) {
      now = { ...now, ...change };
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
