import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { update } from '../store/update.ts';
import {
  isGood,
  type RememberedBrowser,
  type RememberedList,
  readList,
  type Standing,
} from './remembered-browser.ts';

/** Every browser of an account that is remembered now, last used first. */
export async function listRemembered(
  store: Store,
  sub: string,
  standing: Standing,
): Promise<readonly RememberedBrowser[]> {
  const [found, now] = await Promise.all([store.get<RememberedList>(keys.remembered(sub)), store.now()]);
  return [...(readList(found)?.browsers ?? [])]
    .filter((one) => isGood(one, standing, now))
    .sort((a, b) => b.usedAt - a.usedAt);
}

/**
 * Ends one by its id, or all of them.
 *
 * @returns how many ended: those who come second hear 0.
 */
export async function forgetRemembered(store: Store, sub: string, id: string | 'all'): Promise<number> {
  let ended = 0;
  await update<RememberedList>(store, keys.remembered(sub), (current) => {
    const browsers = readList(current)?.browsers ?? [];
    const left = id === 'all' ? [] : browsers.filter((one) => one.id !== id);
    ended = browsers.length - left.length;
    return ended === 0 ? undefined : { value: { v: 1, browsers: left } };
  });
  return ended;
}
