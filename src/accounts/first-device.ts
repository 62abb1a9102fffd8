import type { Account } from './account.ts';

/**
 * The window for a first device, which an admin opens on one account. Whoever has the password may add a device in it,
 * so it ends by time, by the first device, and by the admin; no other account's page changes.
 *
 * @param nowS epoch seconds
 */
export function inFirstDeviceWindow({ firstDeviceUntil }: Account, nowS: number): boolean {
  return firstDeviceUntil != null && nowS < firstDeviceUntil;
}
