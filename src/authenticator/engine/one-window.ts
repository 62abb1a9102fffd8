import type { Decision } from '../../protocol/answer.ts';
import { listen, lookOnce, type News } from './listening.ts';

/**
 * Of all windows of this app one listens, and tells the others: six polls to one host would keep a browser from
 * sending the answer. A hidden window gives the place up.
 */
export interface OneWindow {
  /** Drops the poll under way and asks again: the window was opened, the network came back, an account was added. */
  again(): void;
  /** Tells the other windows that this one is answering, or that its answer did not count. */
  answering(request: string, decision: Decision | undefined): void;
  /** Tells the other windows that the accounts changed, so that whoever listens asks for those of now. */
  accountsChanged(): void;
}

/** What a window is told, by the server or by another window. */
export interface Hears {
  onNews(news: News): void;
  /** The accounts were changed by another window. */
  onAccounts(): void;
  /** Another window of this phone answers: what comes of it was not another device's doing. */
  onAnswering(request: string, decision: Decision | undefined): void;
}

interface Told {
  readonly news?: News;
  readonly answering?: { readonly request: string; readonly decision: Decision | undefined };
  readonly accountsChanged?: true;
}

const CHANNEL = 'countersign-authenticator';
const LOCK = 'countersign-authenticator-listens';

export function listenInOneWindow(hears: Hears): OneWindow {
  const channel = new BroadcastChannel(CHANNEL);
  let round = new AbortController();

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.news) hears.onNews(data.news);
    if (data.answering) hears.onAnswering(data.answering.request, data.answering.decision);
    if (data.accountsChanged) {
      hears.onAccounts();
      again();
    }
  };

  const tell = (news: News) => {
    hears.onNews(news);
    channel.postMessage({ news } satisfies Told);
  };

  async function listenWhileSeen(signal: AbortSignal): Promise<void> {
    const { locks } = navigator;
    if (!locks) return listen(signal, tell);
    const listened = await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await listen(signal, tell);
      return lock !== null;
    });
    if (listened || signal.aborted) return;
    // Another window listens. Ask once, so that this one is not empty until there is news, and take over when it goes.
    await lookOnce(signal, (news) => hears.onNews(news));
    await locks.request(LOCK, { signal }, () => listen(signal, tell));
  }

  function again(): void {
    round.abort();
    round = new AbortController();
    if (document.visibilityState === 'visible') void listenWhileSeen(round.signal).catch(() => {});
  }

  document.addEventListener('visibilitychange', again);
  window.addEventListener('online', again);
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) again();
  });
  return {
    again,
    answering(request, decision) {
      channel.postMessage({ answering: { request, decision } } satisfies Told);
    },
    accountsChanged() {
      channel.postMessage({ accountsChanged: true } satisfies Told);
      again();
    },
  };
}
