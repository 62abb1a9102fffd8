import type { Activity } from '../accounts/activity.ts';

/** What happened, in a sentence; names are shown as they are. */
export function activityWords({ type, app = 'an app', device = 'a device' }: Activity): string {
  switch (type) {
    case 'signed-in':
      return `Signed in to ${app}`;
    case 'step-up':
      return `Confirmed on a device, for ${app}`;
    case 'denied':
      return `A request of ${app} was denied`;
    case 'reported':
      return `A request of ${app} was reported: “this wasn’t me”`;
    case 'failed':
      return `A request of ${app} ended after wrong numbers`;
    case 'device-added':
      return `${device} was added`;
    case 'device-removed':
      return `${device} was removed`;
    case 'device-renamed':
      return `A device was renamed ${device}`;
    case 'passkey-added':
      return `The passkey ${device} was added`;
    case 'passkey-removed':
      return `The passkey ${device} was removed`;
    case 'password-changed':
      return 'The password was changed';
    case 'recovery-used':
      return 'A recovery code was used';
    case 'recovery-codes-made':
      return 'New recovery codes were made';
    case 'bypass-used':
      return `Signed in to ${app} with a code from an administrator`;
    case 'offline-code-on':
      return 'Offline codes were turned on';
    case 'offline-code-off':
      return 'Offline codes were turned off';
    case 'offline-code-used':
      return `Signed in to ${app} with an offline code`;
    case 'browser-remembered':
      return 'A browser was remembered';
    case 'browser-stolen':
      return 'A remembered browser may have been copied; all were forgotten';
    case 'signed-out-everywhere':
      return 'Signed out everywhere';
    case 'secured':
      return `The account was secured from ${device}`;
    case 'resumed':
      return 'Unknown browsers may ask again';
  }
}

/** Where from, as far as it is known. */
export function activityDetail({ place, address, fingerprint }: Activity): string | undefined {
  const known = [place, address, fingerprint].filter((one) => one !== undefined);
  return known.length > 0 ? known.join(' · ') : undefined;
}
