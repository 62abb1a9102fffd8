import { listen, lookOnce, type News } from './listening.ts';

/**
 * Of all windows of this app one listens, and tells the others: six polls to one host would keep a browser from
 * sending the answer. A hidden window gives the place up.
 */
export interface OneWindow {
  /** Drops the poll under way and asks again: the window was opened, the network came back, an account was added. */
  again(): void;
  /** Tells the other windows that the accounts changed, so that whoever listens asks for those of now. */
  accountsChanged(): void;
}

interface Told {
  readonly news?: News;
  readonly accountsChanged?: true;
}

const CHANNEL = 'countersign-authenticator';
const LOCK = 'countersign-authenticator-listens';

/** @param onNews told of every news; @param onAccounts the accounts were changed by another window. */
export function listenInOneWindow(onNews: (news: News) => void, onAccounts: () => void): OneWindow {
  const channel = new BroadcastChannel(CHANNEL);
  let round = new AbortController();

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.news) onNews(data.news);
    if (data.accountsChanged) {
      onAccounts();
      again();
    }
  };

  const tell = (news: News) => {
    onNews(news);
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
    await lookOnce(signal, onNews);
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
    accountsChanged() {
      channel.postMessage({ accountsChanged: true } satisfies Told);
      again();
    },
  };
}
