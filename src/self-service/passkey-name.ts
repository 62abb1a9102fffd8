import type { Seen } from './changes.ts';

/** What a new passkey is called until its owner says otherwise: where it was made. */
export function passkeyName({ browser, system }: Pick<Seen, 'browser' | 'system'>): string {
  const made = [browser, system].filter((part) => part !== '').join(' on ');
  return made.slice(0, 64) || 'Passkey';
}
