import type { ChallengeState } from '../approval/challenge.ts';
import type { NotDone } from './apply-change.ts';
import type { Change } from './change.ts';

/** What the pages of a change say of how it went. */

export type Seal = 'tick' | 'cross' | 'clock' | 'mark';

/** The approval did not come. */
export function refusedWords(state: ChallengeState): { seal: Seal; title: string; text: string } {
  switch (state) {
    case 'denied':
    case 'reported':
      return {
        seal: 'cross',
        title: 'It was denied',
        text: 'A device of yours said no, so nothing was changed. If you did not do that, somebody else has that device.',
      };
    case 'failed':
      return {
        seal: 'cross',
        title: 'That number was not right',
        text: 'The number did not match, so nothing was changed. A new try shows a new number.',
      };
    case 'superseded':
      return {
        seal: 'mark',
        title: 'A newer request took over',
        text: 'You asked for something else in this browser, and only the newest request counts.',
      };
    default:
      return {
        seal: 'clock',
        title: 'The time ran out',
        text: 'Nobody answered in time, so nothing was changed. You can ask again.',
      };
  }
}

/** It was approved, and still did not come to be. */
export function notWords(
  not: Exclude<NotDone, 'expired'>,
  act: Change['act']['kind'],
): { title: string; text: string } {
  if (not === 'full' && act === 'add-passkey')
    return {
      title: 'This passkey was not added',
      text: 'Your account has as many passkeys as it may have. Remove one first.',
    };
  if (not === 'full')
    return {
      title: 'This device was not added',
      text: 'Your account has as many devices as it may have. Remove one first.',
    };
  switch (act) {
    case 'add-device':
      return {
        title: 'This device was not added',
        text: 'It was turned down, or the device that approved it was removed meanwhile.',
      };
    case 'add-passkey':
      return {
        title: 'This passkey was not added',
        text: 'It, or the device or passkey that approved it, was removed meanwhile, or it is of another account.',
      };
    case 'remove-passkey':
      return {
        title: 'Nothing was removed',
        text: 'The device or passkey that approved it was removed meanwhile.',
      };
    case 'remove-device':
      return {
        title: 'Nothing was removed',
        text: 'The device is gone already, or the one that approved it was removed meanwhile.',
      };
    case 'recovery-codes':
      return { title: 'No codes were made', text: 'Your account has no such codes. Try it again.' };
    case 'offline-code-on':
    case 'offline-code-off':
      return {
        title: 'Nothing was changed',
        text: 'Offline codes are not available here any more.',
      };
    case 'password':
      return {
        title: 'Your password was not changed',
        text: 'Somebody else changed it meanwhile. If that was not your administrator, tell them now.',
      };
  }
}

/** What became of the device or passkey `name`. */
export function doneWords(
  act: Change['act']['kind'],
  name: string,
  account: string,
): { title: string; text: string } {
  switch (act) {
    case 'add-device':
      return { title: 'All set', text: `${name} now approves sign-ins for ${account}.` };
    case 'add-passkey':
      return { title: 'All set', text: `${name} now signs ${account} in, without the phone.` };
    case 'remove-passkey':
      return {
        title: 'It is removed',
        text: `${name} signs nobody in any more. Delete it where it is kept, too.`,
      };
    default:
      return { title: 'It is removed', text: `${name} approves nothing any more.` };
  }
}
