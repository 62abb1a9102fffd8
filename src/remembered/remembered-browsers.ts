import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Account } from '../accounts/account.ts';
import type { Device } from '../devices/device.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import {
  judge,
  type RememberedBrowser,
  type RememberedList,
  readList,
  rotate,
  type Standing,
  type Verdict,
  withChanged,
  withNew,
} from './remembered-browser.ts';
import {
  countRememberedCookies,
  MOST_IN_A_BROWSER,
  newSeries,
  type RememberedCookie,
  readRememberedCookie,
  rememberedCookieHeader,
  seriesHash,
} from './remembered-cookie.ts';
import { forgetRemembered } from './remembered-list.ts';

export interface RememberedBrowsers {
  /** `undefined` when nobody may be remembered. */
  readonly lifeMs: number | undefined;
  /**
   * Whether the browser of a request is remembered by the account whose password it has just sent. A request without
   * an authentic cookie of this account costs no store call, whoever the account is (R42). Ends what turns out to be
   * void or stolen.
   */
  look(request: IncomingMessage, account: Account, browser: string): Promise<'yes' | 'no' | 'stolen'>;
  /**
   * Takes the cookie as proof.
   * @returns the `Set-Cookie` value of the next one, or `undefined` when it was too late: nothing is proved.
   */
  use(request: IncomingMessage, account: Account, browser: string): Promise<string | undefined>;
  /** The sign-in that used it went on: its answer has arrived. */
  confirm(sub: string, browser: string): Promise<void>;
  /** Whether another cookie of the kind fits in this browser. */
  hasRoom(request: IncomingMessage): boolean;
  /** After an approved sign-in. @returns the `Set-Cookie` value. */
  begin(sub: string, browser: string, seen: RememberedBrowser['seen']): Promise<string>;
}

export interface RememberedBrowsersOptions {
  readonly store: Store;
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  readonly issuer: string;
  readonly key: Buffer;
  readonly lifeMs: number | undefined;
  /** Whoever holds a copy is out. */
  readonly signOutEverywhere: (account: string) => Promise<unknown>;
  /** An old value came after a newer one was in use; every one of the account has ended. Once. */
  readonly onStolen: (account: string, ended: number) => Promise<void>;
}

export function createRememberedBrowsers(options: RememberedBrowsersOptions): RememberedBrowsers {
  const { store, devices, issuer, key, lifeMs } = options;

  async function standingOf(account: Account): Promise<Standing> {
    const active = await devices.active(account.sub);
    return { account, devices: active.map(({ id }) => id), lifeMs: lifeMs ?? 0 };
  }

  function header(sub: string, cookie: RememberedCookie, one: RememberedBrowser, now: number): string {
    const seconds = Math.max(0, Math.floor((one.expiresAt - now) / 1000));
    return rememberedCookieHeader(cookie, { sub, issuer, key, seconds });
  }

  function shownBy(request: IncomingMessage, sub: string): RememberedCookie | undefined {
    return lifeMs === undefined ? undefined : readRememberedCookie(request, sub, issuer, key);
  }

  const find = (list: RememberedList | undefined, { series }: RememberedCookie) => {
    const hash = seriesHash(series);
    return list?.browsers.find((one) => one.series === hash);
  };

  async function look(request: IncomingMessage, account: Account, browser: string) {
    const { sub } = account;
    const cookie = shownBy(request, sub);
    if (!cookie) return 'no';
    const [found, standing, now] = await Promise.all([
      store.get<RememberedList>(keys.remembered(sub)),
      standingOf(account),
      store.now(),
    ]);
    const one = find(readList(found), cookie);
    const { generation } = cookie;
    switch (judge(one, { generation, browser }, standing, now)) {
      case 'newest':
      case 'replaced':
        return 'yes';
      case 'stolen': {
        // First of all: what comes after it may be lost in a crash, and then is done when an old value comes again.
        await options.signOutEverywhere(sub);
        const ended = await forgetRemembered(store, sub, 'all');
        // Of two who find it in the same moment one has ended them, and tells.
        if (ended > 0) await options.onStolen(sub, ended);
        return 'stolen';
      }
      case 'void':
        await forgetRemembered(store, sub, one!.id);
        return 'no';
      case 'unknown':
        return 'no';
    }
  }

  async function use(request: IncomingMessage, account: Account, browser: string) {
    const { sub } = account;
    const cookie = shownBy(request, sub);
    if (!cookie) return undefined;
    const [standing, now] = await Promise.all([standingOf(account), store.now()]);
    let verdict = 'unknown' as Verdict;
    let newest: RememberedBrowser | undefined;
    await update<RememberedList>(store, keys.remembered(sub), (current) => {
      const list = readList(current);
      const one = list && find(list, cookie);
      verdict = judge(one, { generation: cookie.generation, browser }, standing, now);
      newest = verdict === 'newest' ? rotate(one!, now) : one;
      return list && newest && verdict === 'newest' ? { value: withChanged(list, newest) } : undefined;
    });
    if (!newest || (verdict !== 'newest' && verdict !== 'replaced')) return undefined;
    return header(sub, { series: cookie.series, generation: newest.generation }, newest, now);
  }

  async function confirm(sub: string, browser: string): Promise<void> {
    await update<RememberedList>(store, keys.remembered(sub), (current) => {
      const list = readList(current);
      const one = list?.browsers.find((candidate) => candidate.browser === browser);
      return list && one && !one.confirmed
        ? { value: withChanged(list, { ...one, confirmed: true }) }
        : undefined;
    });
  }

  async function begin(sub: string, browser: string, seen: RememberedBrowser['seen']): Promise<string> {
    const [active, now] = await Promise.all([devices.active(sub), store.now()]);
    const cookie: RememberedCookie = { series: newSeries(), generation: 0 };
    const made: RememberedBrowser = {
      id: randomBytes(9).toString('base64url'),
      series: seriesHash(cookie.series),
      generation: 0,
      rotatedAt: now,
      confirmed: false,
      browser,
      devices: active.map(({ id }) => id),
      createdAt: now,
      usedAt: now,
      expiresAt: now + (lifeMs ?? 0),
      seen,
    };
    await update<RememberedList>(store, keys.remembered(sub), (current) => ({
      value: withNew(readList(current), made),
      ttlMs: lifeMs ?? 0,
    }));
    return header(sub, cookie, made, now);
  }

  return {
    lifeMs,
    look,
    use,
    confirm,
    hasRoom: (request) => countRememberedCookies(request) < MOST_IN_A_BROWSER,
    begin,
  };
}
