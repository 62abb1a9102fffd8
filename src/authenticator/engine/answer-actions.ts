import type { Decision, SeenInBrowser } from '../../protocol/answer.ts';
import { changeAccount, enrolled, type StoredAccount } from '../storage/accounts.ts';
import { howItEnded, ownWord, sendAnswer } from './answering.ts';
import { clientOf } from './clients.ts';
import { endedAs } from './ending.ts';
import { failureOf } from './failures.ts';
import { stillOpen, takeOver } from './inbox.ts';
import type { News } from './listening.ts';
import type { Parts } from './parts.ts';
import { createReceipts } from './receipts.ts';
import type { Answering, OpenRequest, Outcome } from './state.ts';

export interface AnswerActions {
  hear(news: News): void;
  /** Another window of this phone answers, or its answer did not count. */
  answeredBeside(id: string, decision: Decision | undefined): void;
  open(id: string): void;
  /** Back to the list. */
  leave(): void;
  type(text: string): void;
  approve(): Promise<void>;
  deny(): Promise<void>;
  report(): Promise<void>;
  scan(on: boolean): void;
  /** What the camera read: it stands for the number, and the person still says yes or no. */
  scanned(text: string): void;
  noCamera(): void;
  closeOutcome(): void;
  /** The clock moved: requests may be over. */
  tick(): void;
}

export function createAnswerActions({ state, accountsChanged, windows, now }: Parts): AnswerActions {
  /** Answered here, but perhaps still listed by a poll that was under way. */
  const through = new Set<string>();
  /** Answers of this phone that nobody confirmed here: sent into the void, or by another window. Perhaps they counted. */
  const unheard = new Map<string, Decision>();
  /** Asked for by a notification before the list was there. */
  let wanted: string | undefined;

  const accountOf = (id: string): StoredAccount | undefined =>
    state.now.accounts.find((account) => account.id === id);
  const receipts = createReceipts(accountOf);

  function show(request: OpenRequest): void {
    state.set({
      answering: {
        request,
        typed: '',
        scanned: undefined,
        sending: undefined,
        problem: undefined,
        scanning: false,
      },
      outcome: undefined,
    });
    receipts.tell(request, 'opened');
  }

  /** One request and nothing else to do: it is shown. Several are a list. */
  function showWhatWaits(): void {
    const { answering, outcome, enrolling, where, requests } = state.now;
    const asked = requests.find(({ challenge }) => challenge.id === wanted);
    if (asked) {
      wanted = undefined;
      show(asked);
      return;
    }
    const [first, ...more] = requests;
    const busy = answering || outcome || enrolling || where.at !== 'home' || wanted !== undefined;
    if (busy || !first || more.length > 0 || receipts.wasOpened(first.challenge.id)) return;
    show(first);
  }

  /**
   * Somebody tapped a notification of a request that is not listed: it is over, and this says how. Another request that
   * waits comes after that, so that nobody takes the one for the other.
   */
  async function showEnded(id: string): Promise<void> {
    const ended = await lookUp(id);
    // Nobody could say; or it was listed meanwhile, or another notification was tapped; or it waits in the list of an
    // account still to be heard. The next list asks again.
    if (
      !ended ||
      wanted !== id ||
      ended.request?.challenge.state === 'pending' ||
      state.now.answering?.sending
    )
      return;
    wanted = undefined;
    state.set({ answering: undefined, outcome: ended });
  }

  /** @returns `undefined` when an account's server did not answer, and the others do not know the request. */
  async function lookUp(id: string): Promise<Outcome | undefined> {
    let unheard = false;
    for (const account of enrolled(state.now.accounts)) {
      try {
        const challenge = await clientOf(account).challenge(id);
        const request = { account: account.id, challenge, endsAt: 0, life: 1 };
        return { kind: endedAs(challenge.state), request };
      } catch (error) {
        unheard ||= ['unreachable', 'busy'].includes(failureOf(error));
      }
    }
    return unheard ? undefined : { kind: 'gone', request: undefined };
  }

  function listed(requests: readonly OpenRequest[]): void {
    state.set({ requests: requests.filter(({ challenge }) => !through.has(challenge.id)) });
    const { answering } = state.now;
    const over =
      answering &&
      !answering.sending &&
      !state.now.requests.some(({ challenge }) => challenge.id === answering.request.challenge.id);
    if (over) void endedMeanwhile(answering.request);
    else showWhatWaits();
  }

  async function endedMeanwhile(request: OpenRequest): Promise<void> {
    const account = accountOf(request.account);
    const outcome = account
      ? await howItEnded(clientOf(account), request)
      : ({ kind: 'expired', request } as const);
    const { answering } = state.now;
    if (answering?.request.challenge.id !== request.challenge.id || answering.sending) return;
    state.set({ answering: undefined, outcome: ownWord(outcome, unheard.get(request.challenge.id)) });
  }

  function change(changes: Partial<Answering>): void {
    const { answering } = state.now;
    if (answering) state.set({ answering: { ...answering, ...changes } });
  }

  async function decide(decision: Decision, seen?: SeenInBrowser): Promise<void> {
    const { answering } = state.now;
    const account = answering && accountOf(answering.request.account);
    if (!account || answering.sending) return;
    const { request } = answering;
    change({ sending: decision, problem: undefined, scanning: false });
    windows.answering(request.challenge.id, decision);
    const answered = await sendAnswer(clientOf(account), request, decision, seen);
    if ('problem' in answered) {
      if (answered.problem.kind === 'unreachable') unheard.set(request.challenge.id, decision);
      else windows.answering(request.challenge.id, undefined);
      // Another notification was tapped meanwhile: this is nothing about what is on the screen now.
      if (state.now.answering?.request.challenge.id !== request.challenge.id) return;
      // A code that was not right is no better the second time.
      const again = answered.problem.kind === 'wrong-number' ? { scanned: undefined } : {};
      const typed = answered.problem.kind === 'wrong-number' ? '' : answering.typed;
      return change({ sending: undefined, problem: answered.problem, typed, ...again });
    }
    if ('removed' in answered) {
      state.set({ answering: undefined, removed: [...state.now.removed, account] });
      return;
    }
    through.add(request.challenge.id);
    state.set({
      answering: undefined,
      outcome: ownWord(answered.outcome, unheard.get(request.challenge.id)),
      requests: state.now.requests.filter(({ challenge }) => challenge.id !== request.challenge.id),
    });
    if (answered.outcome.kind !== 'reported') return;
    // The account's page offers to let browsers ask again from now on, not only after the next look at the server.
    await changeAccount(account.id, { reportedAt: Math.floor(now() / 1000) });
    await accountsChanged();
  }

  return {
    hear(news) {
      if (news.type === 'connection')
        state.set({ connection: news.ok ? 'ok' : navigator.onLine ? 'unreachable' : 'offline' });
      if (news.type === 'unreadable') state.set({ unreadable: true });
      if (news.type === 'removed') {
        const account = accountOf(news.account);
        const known = state.now.removed.some(({ id }) => id === news.account);
        if (account && !known) state.set({ removed: [...state.now.removed, account] });
        listed(state.now.requests.filter((request) => request.account !== news.account));
      }
      if (news.type === 'pending') {
        state.set({ unreadable: false });
        const requests = takeOver(state.now.requests, news.account, news.message, now());
        for (const request of requests) receipts.tell(request, 'delivered');
        listed(requests);
        state.set({ heard: new Set([...state.now.heard, news.account]) });
        if (wanted !== undefined) void showEnded(wanted);
      }
    },
    answeredBeside(id, decision) {
      if (decision) unheard.set(id, decision);
      else unheard.delete(id);
    },
    open(id) {
      const request = state.now.requests.find(({ challenge }) => challenge.id === id);
      if (request) return show(request);
      wanted = id;
      // The list on the screen does not know it: ask, since a poll may be held for long.
      if (state.now.heard.size > 0) windows.again();
    },
    leave: () => state.set({ answering: undefined }),
    type(text) {
      const digits = state.now.answering?.request.challenge.digits ?? 0;
      change({ typed: text.replace(/[^0-9]/g, '').slice(0, digits), problem: undefined });
    },
    async approve() {
      const { answering } = state.now;
      if (answering?.scanned !== undefined) await decide('approve', { qr: answering.scanned });
      else if (answering && answering.typed.length === answering.request.challenge.digits)
        await decide('approve', { number: answering.typed });
    },
    deny: () => decide('deny'),
    report: () => decide('report'),
    scan: (on) => change({ scanning: on, problem: undefined }),
    scanned(text) {
      const id = state.now.answering?.request.challenge.id ?? '';
      const secret = text.startsWith(`countersign:${id}:`) ? text.slice(`countersign:${id}:`.length) : '';
      if (secret) change({ scanning: false, scanned: secret, problem: undefined });
      else change({ scanning: false, problem: { kind: 'not-this-code' } });
    },
    noCamera: () => change({ scanning: false, problem: { kind: 'no-camera' } }),
    closeOutcome() {
      state.set({ outcome: undefined });
      showWhatWaits();
    },
    tick() {
      const requests = stillOpen(state.now.requests, now());
      if (requests !== state.now.requests) listed(requests);
    },
  };
}
