import {
  badRequestPage,
  forbiddenPage,
  notFoundPage,
  tooManyPage,
  unavailablePage,
  unexpectedPage,
} from '../../src/http/error-words.ts';
import type { OwnPasskey } from '../../src/http/models/own-pages.ts';
import type { Organisation, PageModels, PageName } from '../../src/http/page-models.ts';
import { withheldWords } from '../../src/http/withheld-words.ts';
import { deviceProgress, moment, scopeWords } from '../../src/http/words.ts';

/** A page with a realistic model, under an id of its own. */
export type Sample = {
  [N in PageName]: { readonly id: string; readonly name: N; readonly model: PageModels[N] };
}[PageName];

export const organisation: Organisation = {
  name: 'Example Org',
  privacyUrl: 'https://example.org/privacy',
  helpUrl: 'https://example.org/help',
  contact: 'the IT desk',
};

const grafana = { name: 'Grafana' };
const longApp = {
  name: 'Федеральная служба — The Extraordinarily Long Named Application of the Department, Production',
};
/** A right-to-left override that would turn the rest of its line around. */
const trickApp = { name: 'Bank\u202Egnp.exe \u2067عربي' };
const account = 'ada@example.org';
const longAccount = 'wolfeschlegelsteinhausenbergerdorff.hubert.blaine@subdomain.of.a.long.example.org';
const at = (step: string) => ({ action: `/interaction/uid-1/${step}` });
const requestId = '7f3c-22a9';

const waiting: PageModels['waiting'] = {
  app: grafana,
  account,
  state: 'pending',
  number: '482913',
  qr: 'countersign:approve?c=3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&s=dGhpcyBpcyAxNiBi',
  secondsLeft: 86,
  life: 120,
  poll: '/interaction/uid-1/wait',
  version: 'v1',
  resendAfter: 0,
  resend: at('resend'),
  proceed: at('continue'),
  cancel: at('cancel'),
  authenticator: 'https://authenticator.example.org/',
  lostPhone: '/interaction/uid-1/lost-phone',
  offlineCode: '/interaction/uid-1/offline-code',
};

const devices = [deviceProgress('Pixel 9', 'opened'), deviceProgress('Work iPad', 'sent')];

const again = { label: 'Try again', post: at('again') };
const back = { label: 'Back to Grafana', post: at('cancel') };

const own = (step: string) => ({ action: `/account/${step}`, fields: { token: 'kZ3v9r1cQeK2mYw8uXbTnA' } });
const at1 = moment(Date.UTC(2026, 10, 25, 9, 5));
const at2 = moment(Date.UTC(2026, 10, 24, 23, 59));
const pixel = {
  name: 'Pixel 9',
  kind: 'Web authenticator',
  fingerprint: '6TXA-1QZ3-7XFG-PWFV',
  enrolled: at2,
  seen: at1,
};
const ipad = { ...pixel, name: 'Ada’s very long named tablet from the office in Zürich', kind: 'Terminal' };
const approve: PageModels['account-approve'] = {
  act: 'add-device',
  device: { name: 'Pixel 9', fingerprint: '6TXA-1QZ3-7XFG-PWFV' },
  state: 'pending',
  number: '482913',
  qr: waiting.qr,
  secondsLeft: 86,
  life: 120,
  poll: '/interaction/account/wait',
  version: 'v1',
  resendAfter: 20,
  resend: own('send'),
  proceed: own('continue'),
  cancel: own('cancel'),
  authenticator: 'https://authenticator.example.org/',
};

const ceremony = { options: '/interaction/uid-1/passkey/options', form: at('passkey') };
const passkey: PageModels['passkey'] = {
  ...ceremony,
  app: grafana,
  atOnce: false,
  needed: false,
  others: [{ label: 'Use your password', href: '/interaction/uid-1' }],
  cancel: at('cancel'),
};

const ownPasskey: OwnPasskey = {
  name: 'Chrome on Windows',
  keeps: 'synced',
  attested: false,
  fingerprint: '6TXA-1QZ3-7XFG-PWFV',
  added: at2,
  used: at1,
};
const securityKey: OwnPasskey = {
  name: 'Ada’s very long named security key from the office in Zürich',
  keeps: 'one-device',
  attested: true,
  fingerprint: '6TXA-1QZ3-7XFG-PWFV',
  added: at2,
};

export const samples: readonly Sample[] = [
  {
    id: 'account-passkey',
    name: 'account-passkey',
    model: { passkey: ownPasskey, rename: own('rename'), remove: own('remove'), back: '/account' },
  },
  {
    id: 'account-passkey-only',
    name: 'account-passkey',
    model: {
      passkey: securityKey,
      rename: own('rename'),
      problem: { name: '', text: 'A name has 1 to 64 characters, none of them a control character.' },
      back: '/account',
    },
  },
  {
    id: 'account-new-passkey',
    name: 'account-new-passkey',
    model: { ...ceremony, account, name: 'Chrome on Windows', cancel: own('cancel') },
  },
  {
    id: 'account-new-passkey-not-allowed',
    name: 'account-new-passkey',
    model: {
      ...ceremony,
      account: longAccount,
      name: 'Firefox on Linux',
      problem: 'not-allowed',
      cancel: own('cancel'),
    },
  },
  {
    id: 'account-approve-passkey',
    name: 'account-approve',
    model: {
      ...approve,
      act: 'add-passkey',
      device: { name: securityKey.name, fingerprint: securityKey.fingerprint },
      passkey: ceremony,
    },
  },
  { id: 'password', name: 'password', model: { app: grafana, form: at('password'), cancel: at('cancel') } },
  {
    id: 'password-wrong',
    name: 'password',
    model: {
      app: grafana,
      form: at('password'),
      cancel: at('cancel'),
      username: account,
      wrong: true,
    },
  },
  {
    id: 'password-passkey',
    name: 'password',
    model: {
      app: grafana,
      form: at('password'),
      cancel: at('cancel'),
      passkey: { ...ceremony, page: at('passkey').action },
    },
  },
  {
    id: 'password-throttled',
    name: 'password',
    model: {
      app: longApp,
      form: at('password'),
      cancel: at('cancel'),
      username: longAccount,
      retryAfter: 180,
      passkey: { ...ceremony, page: at('passkey').action },
    },
  },
  { id: 'waiting', name: 'waiting', model: { ...waiting, devices } },
  { id: 'waiting-unknown', name: 'waiting', model: { ...waiting, resendAfter: 20, rememberDays: 30 } },
  { id: 'waiting-verify', name: 'waiting', model: { ...waiting, verify: true, devices: [] } },
  {
    id: 'waiting-two-digits',
    name: 'waiting',
    model: { ...waiting, app: trickApp, number: '07', ios: true, devices: [deviceProgress('Pixel 9', null)] },
  },
  {
    id: 'waiting-many',
    name: 'waiting',
    model: {
      ...waiting,
      app: longApp,
      account: longAccount,
      passkey: at('passkey').action,
      secondsLeft: 9,
      devices: [
        ...devices,
        deviceProgress('Ada’s very long named phone that she got from the office in Zürich', 'delivered'),
        deviceProgress('\u202Ephone \u2067عربي', 'answered'),
        deviceProgress('W'.repeat(64), null),
      ],
    },
  },
  {
    id: 'waiting-withheld',
    name: 'waiting',
    model: { ...waiting, devices: [], withheld: withheldWords('open')! },
  },
  {
    id: 'waiting-withheld-limit',
    name: 'waiting',
    model: { ...waiting, devices: [], withheld: withheldWords('limit')!, passkey: at('passkey').action },
  },
  { id: 'waiting-approved', name: 'waiting', model: { ...waiting, devices, state: 'approved' } },
  {
    id: 'step-up',
    name: 'step-up',
    model: {
      app: grafana,
      account,
      send: at('send'),
      lostPhone: '/interaction/uid-1/lost-phone',
      cancel: at('cancel'),
      passkey: at('passkey').action,
    },
  },
  {
    id: 'step-up-device',
    name: 'step-up',
    model: {
      app: { name: 'Living room TV' },
      account,
      send: at('send'),
      lostPhone: '/interaction/uid-1/lost-phone',
      cancel: at('cancel'),
      device: { place: 'Bern, Switzerland', address: '192.0.2.17', userCode: 'WDJB-MJHT' },
    },
  },
  { id: 'passkey', name: 'passkey', model: passkey },
  { id: 'passkey-offer', name: 'passkey-offer', model: { ...ceremony, app: grafana, skip: at('skip') } },
  {
    id: 'passkey-offer-refused',
    name: 'passkey-offer',
    model: { ...ceremony, app: longApp, problem: 'not-allowed', skip: at('skip') },
  },
  {
    id: 'passkey-refused',
    name: 'passkey',
    model: {
      ...passkey,
      app: longApp,
      account: longAccount,
      problem: 'refused',
      others: [{ label: 'Send a request to my phone', post: at('send') }],
    },
  },
  {
    id: 'passkey-needed',
    name: 'passkey',
    model: {
      ...passkey,
      app: { name: 'Living room TV' },
      account,
      problem: 'too-weak',
      needed: true,
      others: [],
      without: { make: '/account', leave: at('unmet') },
      device: { place: 'Bern, Switzerland', address: '192.0.2.17' },
    },
  },
  {
    id: 'passkey-missing',
    name: 'passkey-missing',
    model: { app: longApp, account: longAccount, hardware: false, make: '/account', leave: at('unmet') },
  },
  {
    id: 'passkey-missing-hardware',
    name: 'passkey-missing',
    model: { app: trickApp, account, hardware: true, make: '/account', leave: at('unmet') },
  },
  ...(['denied', 'expired', 'failed', 'superseded', 'refused'] as const).map(
    (kind): Sample => ({
      id: `outcome-${kind}`,
      name: 'outcome',
      model: { kind, app: grafana, steps: [again, back], requestId },
    }),
  ),
  {
    id: 'outcome-refused',
    name: 'outcome',
    model: {
      kind: 'refused',
      app: grafana,
      detail: 'Ask the desk on floor 2, or dial 4711.',
      steps: [{ label: 'Try again', href: '/interaction/uid-1' }, back],
      requestId,
    },
  },
  {
    id: 'outcome-long',
    name: 'outcome',
    model: {
      kind: 'denied',
      app: longApp,
      steps: [again, { ...back, label: `Back to ${longApp.name}` }],
      requestId,
    },
  },
  ...(['other-tab', 'session-gone', 'link-used', 'link-expired', 'link-invalid'] as const).map(
    (kind): Sample => ({ id: `outcome-${kind}`, name: 'outcome', model: { kind, steps: [], requestId } }),
  ),
  {
    id: 'consent',
    name: 'consent',
    model: {
      app: grafana,
      account,
      scopes: scopeWords(['openid', 'profile', 'email', 'offline_access', 'reports:read'], {
        'reports:read': { title: 'Read your reports', detail: 'Every dashboard you may see' },
      }),
      allow: at('consent'),
      deny: at('deny'),
      passkeyFrom: { at: at2, make: '/account' },
      privacyUrl: 'https://grafana.example.org/privacy',
      termsUrl: 'https://grafana.example.org/terms',
    },
  },
  {
    id: 'error-not-found',
    name: 'error',
    model: notFoundPage(requestId),
  },
  { id: 'error-unavailable', name: 'error', model: unavailablePage(requestId, again) },
  { id: 'error-too-many', name: 'error', model: tooManyPage(180, requestId) },
  {
    id: 'error-bad-request',
    name: 'error',
    model: badRequestPage(
      "invalid_request: redirect_uri did not match any of the client's registered redirect_uris",
      requestId,
    ),
  },
  { id: 'error-forbidden', name: 'error', model: forbiddenPage(requestId) },
  { id: 'error-unexpected', name: 'error', model: unexpectedPage(requestId) },
  { id: 'leaving', name: 'leaving', model: { url: '/somewhere?a=1&b=2', app: grafana } },
  {
    id: 'authorize-post',
    name: 'authorize-post',
    model: {
      action: '/authorize',
      fields: [
        { name: 'client_id', value: 'grafana' },
        { name: 'scope', value: 'openid email' },
      ],
    },
  },
  { id: 'logout', name: 'logout', model: { form: at('logout'), app: grafana } },
  { id: 'signed-out', name: 'signed-out', model: { app: grafana, back: 'https://grafana.example.org/' } },
  {
    id: 'device-code',
    name: 'device-code',
    model: { form: at('device'), userCode: 'WDJB-MJHX', problem: 'unknown' },
  },
  {
    id: 'device-confirm',
    name: 'device-confirm',
    model: {
      form: at('device'),
      app: { name: 'Living room TV' },
      userCode: 'WDJB-MJHT',
      place: 'Bern, Switzerland',
      address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    },
  },
  { id: 'device-done', name: 'device-done', model: { app: { name: 'Living room TV' } } },
  { id: 'home', name: 'home', model: { issuer: 'https://id.example.org' } },
  {
    id: 'new-password',
    name: 'new-password',
    model: { app: grafana, account, form: at('new-password'), minLength: 12, cancel: at('cancel') },
  },
  {
    id: 'new-password-problem',
    name: 'new-password',
    model: {
      app: longApp,
      account: longAccount,
      form: at('new-password'),
      minLength: 12,
      problem: 'That is the password somebody else knows. Choose another one.',
      cancel: at('cancel'),
    },
  },
  { id: 'invite-password', name: 'invite-password', model: { account, form: at('password'), minLength: 12 } },
  {
    id: 'invite-password-existing',
    name: 'invite-password',
    model: {
      account,
      form: at('password'),
      minLength: 12,
      existing: true,
      problem: 'That is not the password. Try again.',
    },
  },
  {
    id: 'invite-device',
    name: 'invite-device',
    model: {
      account,
      link: 'https://id.example.org/authenticator/enrol#kZ3v9r1cQeK2mYw8uXbTnA',
      code: 'K7QF-2M9X-HD4T',
      secondsLeft: 533,
      life: 600,
      poll: '/invite/wait',
      version: 'v1',
      replaces: true,
      cancel: at('cancel'),
    },
  },
  {
    id: 'invite-confirm',
    name: 'invite-confirm',
    model: {
      account,
      device: { name: 'Pixel 9', fingerprint: '3f9a 77c2 10be 5d84' },
      confirm: at('confirm'),
      reject: at('reject'),
      replaces: true,
      approval: true,
    },
  },
  {
    id: 'invite-done-next',
    name: 'invite-done',
    model: {
      account,
      device: 'Pixel 9',
      next: { label: 'Go on signing in', post: at('send') },
      signedOut: true,
    },
  },
  { id: 'invite-done', name: 'invite-done', model: { account, device: 'Pixel 9' } },
  {
    id: 'invite-done-passkeys',
    name: 'invite-done',
    model: {
      account,
      device: 'Pixel 9',
      next: { label: 'Go on signing in', post: at('send') },
      passkeysLeft: '/account',
    },
  },
  {
    id: 'account',
    name: 'account',
    model: {
      account,
      devices: [pixel, ipad].map((device, i) => ({ ...device, href: `/account/devices/device-${i}` })),
      add: own('add-device'),
      passkeys: [
        { ...ownPasskey, href: '/account/passkeys/a' },
        { ...securityKey, href: '/account/passkeys/b' },
      ],
      addPasskey: own('add-passkey'),
      activity: [
        { at: at1, words: 'Signed in to Grafana', detail: 'Switzerland · 203.0.113.7' },
        { at: at2, words: '\u202Ephone \u2067عربي was added', detail: '6TXA-1QZ3-7XFG-PWFV' },
        { at: at2, words: 'Signed out everywhere' },
      ],
      knownBrowsers: 1,
      remembered: {
        browsers: [
          {
            words: 'Firefox on Linux',
            place: 'Switzerland',
            used: at1,
            until: at2,
            here: true,
            forget: own('browsers/forget'),
          },
          {
            words: 'Chrome on Windows',
            place: null,
            used: at2,
            until: at2,
            here: false,
            forget: own('browsers/forget'),
          },
        ],
        forgetAll: own('browsers/forget'),
      },
      pausedUntil: at1,
      passkeyFrom: { at: at2, apps: ['Grafana', '\u202EShop \u2067عربي'] },
      password: '/account/password',
      recovery: { href: '/account/recovery-codes', left: 3 },
      everywhere: '/account/everywhere',
      signOut: own('sign-out'),
    },
  },
  {
    id: 'account-quiet',
    name: 'account',
    model: {
      account: longAccount,
      devices: [{ ...pixel, name: 'W'.repeat(64), href: '/account/devices/device-1' }],
      add: own('add-device'),
      passkeys: [],
      addPasskey: own('add-passkey'),
      activity: [],
      knownBrowsers: 3,
      password: '/account/password',
      recovery: { href: '/account/recovery-codes', left: 0 },
      offlineCode: '/account/offline-code',
      everywhere: '/account/everywhere',
      signOut: own('sign-out'),
    },
  },
  {
    id: 'account-reported',
    name: 'account',
    model: {
      account,
      devices: [{ ...pixel, href: '/account/devices/device-1' }],
      add: own('add-device'),
      passkeys: [],
      addPasskey: own('add-passkey'),
      activity: [],
      knownBrowsers: 0,
      reportedAt: at1,
      passkeyFrom: { at: at2, apps: [] },
      password: '/account/password',
      recovery: { href: '/account/recovery-codes', left: 10 },
      everywhere: '/account/everywhere',
      signOut: own('sign-out'),
    },
  },
  {
    id: 'account-device',
    name: 'account-device',
    model: { device: pixel, rename: own('rename'), remove: own('remove'), back: '/account' },
  },
  {
    id: 'account-device-only',
    name: 'account-device',
    model: {
      device: ipad,
      rename: own('rename'),
      back: '/account',
      problem: { name: ' ', text: 'A name has 1 to 64 characters, none of them a control character.' },
    },
  },
  {
    id: 'first-device',
    name: 'first-device',
    model: { app: grafana, account, add: at('first-device'), cancel: at('cancel') },
  },
  {
    id: 'offline-code',
    name: 'offline-code',
    model: { app: grafana, account, form: at('offline-code'), password: false, back: '/interaction/uid-1' },
  },
  {
    id: 'offline-code-wrong',
    name: 'offline-code',
    model: {
      app: longApp,
      account: longAccount,
      form: at('offline-code'),
      password: true,
      problem: { field: 'code', text: 'That code does not work. Wait for the next one, and try it.' },
      back: '/interaction/uid-1',
    },
  },
  {
    id: 'account-offline-code-on',
    name: 'account-offline-code',
    model: { on: true, change: own('offline-code'), back: '/account' },
  },
  {
    id: 'account-offline-code',
    name: 'account-offline-code',
    model: { on: false, change: own('offline-code'), back: '/account' },
  },
  {
    id: 'account-approve-offline-code',
    name: 'account-approve',
    model: (({ device: _, ...rest }) => ({ ...rest, act: 'offline-code-on' as const }))(approve),
  },
  {
    id: 'account-approve-offline-code-off',
    name: 'account-approve',
    model: (({ device: _, ...rest }) => ({ ...rest, act: 'offline-code-off' as const }))(approve),
  },
  {
    id: 'account-approve-passkey-removal',
    name: 'account-approve',
    model: { ...approve, act: 'remove-passkey', device: ownPasskey },
  },
  {
    id: 'lost-phone',
    name: 'lost-phone',
    model: { app: grafana, account, form: at('lost-phone'), password: false, back: '/interaction/uid-1' },
  },
  {
    id: 'lost-phone-wrong',
    name: 'lost-phone',
    model: {
      app: longApp,
      account: longAccount,
      form: at('lost-phone'),
      password: true,
      problem: {
        field: 'code',
        text: 'That code does not work. It may be mistyped, used already, or too old.',
      },
      back: '/interaction/uid-1',
    },
  },
  {
    id: 'recovery-codes',
    name: 'recovery-codes',
    model: { codes: { left: 3, of: 10, made: at2 }, make: own('recovery-codes'), back: '/account' },
  },
  {
    id: 'recovery-codes-none',
    name: 'recovery-codes',
    model: { make: own('recovery-codes'), back: '/account' },
  },
  {
    id: 'recovery-codes-made',
    name: 'recovery-codes-made',
    model: {
      account,
      codes: Array.from({ length: 10 }, (_, i) => `K7QF-2M9X-HD4T-9ZR${i}`),
      file: 'Recovery codes',
      back: '/account',
    },
  },
  {
    id: 'account-approve-codes',
    name: 'account-approve',
    model: (({ device: _, ...rest }) => ({ ...rest, act: 'recovery-codes' as const }))(approve),
  },
  {
    id: 'account-everywhere',
    name: 'account-everywhere',
    model: { form: own('everywhere'), back: '/account' },
  },
  { id: 'account-approve', name: 'account-approve', model: { ...approve, devices } },
  {
    id: 'account-approve-removal',
    name: 'account-approve',
    model: { ...approve, act: 'remove-device', number: '07', ios: true },
  },
  {
    id: 'account-approve-password',
    name: 'account-approve',
    model: (({ device: _, ...rest }) => ({ ...rest, act: 'password' as const }))(approve),
  },
  {
    id: 'account-password',
    name: 'account-password',
    model: { account, form: own('password'), minLength: 12, back: '/account' },
  },
  {
    id: 'account-password-wrong',
    name: 'account-password',
    model: {
      account,
      form: own('password'),
      minLength: 12,
      back: '/account',
      problem: { field: 'current', text: 'That is not your password now.' },
    },
  },
  { id: 'account-approve-approved', name: 'account-approve', model: { ...approve, state: 'approved' } },
  {
    id: 'account-said',
    name: 'account-said',
    model: {
      seal: 'tick',
      title: 'All set',
      text: 'Pixel 9 now approves sign-ins for ada@example.org.',
      steps: [{ label: 'Back to your account', href: '/account' }],
    },
  },
];
