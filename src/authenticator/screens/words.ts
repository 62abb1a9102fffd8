import type { SignedContext } from '../../protocol/context.ts';
import type { OutcomeKind } from '../engine/state.ts';

/** What a request asks, and what an approval will do. */
export interface RequestWords {
  readonly heading: string;
  /** Before and after the app's name. */
  readonly before: string;
  readonly after: string;
  /** Shown large and marked, for everything that is not plain signing in. */
  readonly warning?: string;
  /** What the approving button says. */
  readonly approve: string;
  /** Absent where this app cannot say what would happen: then it cannot be approved here. */
  readonly unknown?: true;
}

export function requestWords({ purpose, change }: SignedContext): RequestWords {
  switch (purpose) {
    case 'sign-in':
      return { heading: 'Is this you?', before: 'Someone is signing in to', after: '', approve: 'Approve' };
    case 'step-up':
      return {
        heading: 'Confirm it’s you',
        before: 'Someone signed in as you wants to go further in',
        after: '',
        warning: 'Approve only if you just asked for this in the app yourself.',
        approve: 'Approve',
      };
    case 'device-code':
      return {
        heading: 'Sign in another device?',
        before: 'A device that is not this one wants to sign in to',
        after: 'as you',
        warning:
          'Approve only if you started this yourself and typed that device’s code. If somebody sent you the code, deny.',
        approve: 'Sign it in',
      };
    case 'ciba':
      return {
        heading: 'Were you expecting this?',
        before: 'Somebody asks for your approval in',
        after: '',
        warning: 'Approve only if you are dealing with them at this moment.',
        approve: 'Approve',
      };
    case 'factor-change':
      return changeWords(change?.act);
  }
}

const CHANGES: Readonly<Record<string, Pick<RequestWords, 'heading' | 'warning' | 'approve'>>> = {
  'add-device': {
    heading: 'Add a device?',
    warning:
      'This device will be able to approve sign-ins as you. Compare the fingerprint with what it shows.',
    approve: 'Add it',
  },
  'remove-device': {
    heading: 'Remove a device?',
    warning: 'This device will not be able to approve your sign-ins any more.',
    approve: 'Remove it',
  },
  'add-passkey': {
    heading: 'Add a passkey?',
    warning: 'Whoever holds this passkey will be able to sign in as you.',
    approve: 'Add it',
  },
  'remove-passkey': {
    heading: 'Remove a passkey?',
    warning: 'Signing in with this passkey will not work any more.',
    approve: 'Remove it',
  },
  'offline-code-on': {
    heading: 'Turn on offline codes?',
    warning:
      'Your devices will show codes without network. Whoever sees one and knows your password gets in.',
    approve: 'Turn on',
  },
  'offline-code-off': {
    heading: 'Turn off offline codes?',
    warning: 'Without network, this phone will not be able to sign you in any more.',
    approve: 'Turn off',
  },
  'recovery-codes': {
    heading: 'Make new recovery codes?',
    warning: 'The codes you have now stop working, and whoever sees the new ones can get into your account.',
    approve: 'Make them',
  },
  password: {
    heading: 'Change your password?',
    warning: 'Your password will be changed to what was typed in that browser.',
    approve: 'Change it',
  },
};

function changeWords(act: string | undefined): RequestWords {
  const common = { before: 'Asked for in', after: '' };
  const known = act !== undefined && Object.hasOwn(CHANGES, act) ? CHANGES[act] : undefined;
  if (known) return { ...common, ...known };
  return {
    ...common,
    heading: 'Change how you sign in?',
    warning:
      'This app does not know this kind of change, so it cannot say what would happen. Deny it, or update the app.',
    approve: 'Approve',
    unknown: true,
  };
}

export interface OutcomeWords {
  readonly seal: 'tick' | 'cross' | 'clock' | 'mark';
  readonly heading: string;
  readonly sentence: string;
  /** After a report, or a denial that was not theirs: what else can be done here. */
  readonly advice?: string;
  /** Whether securing the account is offered at once. */
  readonly secure?: true;
}

/** @param purpose of the request, where it is known. */
export function outcomeWords(kind: OutcomeKind, purpose: SignedContext['purpose'] | undefined): OutcomeWords {
  const signIn = purpose === undefined || purpose === 'sign-in' || purpose === 'step-up';
  const nothing = signIn ? 'Nobody was signed in.' : 'Nothing was changed.';
  switch (kind) {
    case 'approved':
      return { seal: 'tick', heading: 'Approved', sentence: 'The browser goes on by itself.' };
    case 'denied':
      return {
        seal: 'cross',
        heading: 'Denied',
        sentence: nothing,
        advice: 'If you did not ask for this, somebody may know your password: change it.',
        secure: true,
      };
    case 'reported':
      return {
        seal: 'cross',
        heading: 'Reported',
        sentence: `${nothing} Browsers new to your account cannot ask this phone any more, until you let them again.`,
        advice: 'Somebody may know your password: your next sign-in asks you for a new one.',
        secure: true,
      };
    case 'expired':
      return { seal: 'clock', heading: 'This request has expired', sentence: `Its time was up. ${nothing}` };
    case 'superseded':
      return {
        seal: 'clock',
        heading: 'This request was taken back',
        sentence: 'The browser asked again or gave up. This one does not count any more.',
      };
    case 'failed':
      return {
        seal: 'cross',
        heading: 'Too many wrong numbers',
        sentence: `This request is over. ${nothing} Start again in the browser.`,
      };
    case 'approved-elsewhere':
      return {
        seal: 'mark',
        heading: 'Already approved',
        sentence: 'This request was approved on another device of yours.',
        advice: 'Was that not you? Secure your account now, and tell your administrator.',
        secure: true,
      };
    case 'denied-elsewhere':
      return {
        seal: 'cross',
        heading: 'Already denied',
        sentence: `This request was denied on another device of yours. ${nothing}`,
      };
    case 'gone':
      return {
        seal: 'clock',
        heading: 'This request has ended',
        sentence: 'There is nothing to answer any more.',
      };
    case 'refused':
      return {
        seal: 'mark',
        heading: 'That was not taken',
        sentence: `The server did not take this answer. ${nothing} Start again in the browser.`,
      };
  }
}
