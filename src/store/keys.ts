import { createHash } from 'node:crypto';
import type { Key, Name } from './port.ts';

/**
 * Every key, index and log of Countersign, in one table. The first segment is the record's type, so an id of one
 * kind can never be read as another (R52); ids over 128 bytes or with odd characters are hashed.
 */

const PLAIN = /^[A-Za-z0-9_.~:-]{1,128}$/;

// UTF-16, because UTF-8 would make one id of all lone surrogates.
function id(raw: string): string {
  return PLAIN.test(raw) ? raw : `#${createHash('sha256').update(raw, 'utf16le').digest('base64url')}`;
}

const key = (type: string, ...ids: string[]) => [type, ...ids.map(id)].join('/') as Key;
const name = (type: string, ...ids: string[]) => [type, ...ids.map(id)].join('/') as Name;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const keys = {
  // accounts
  account: (sub: string) => key('account', sub),
  /** One for each sign-in name (user name, e-mails) after normalisation → `{ sub }`. */
  accountName: (normalised: string) => key('account-name', normalised),
  /** All devices of one account in one record: reading, adding and revoking touch one key. */
  devices: (sub: string) => key('devices', sub),
  /** RFC 7638 thumbprint → `{ account, device }`: a key belongs to one device of one account (R22). */
  deviceKey: (thumbprint: string) => key('device-key', thumbprint),
  enrolment: (enrolmentId: string) => key('enrolment', enrolmentId),
  /** Typed code of an open enrolment, with its account → `{ enrolment }`. */
  enrolmentCode: (sub: string, code: string) => key('enrolment-code', sub, code),
  invitation: (secretHash: string) => key('invitation', secretHash),
  /** The newest invitation of an account → `{ invitation }`; any other is void. */
  invitationOf: (sub: string) => key('invitation-of', sub),
  /** Of a person's own pages; the cookie's SHA-256. */
  accountSession: (cookieHash: string) => key('account-session', cookieHash),
  /** One change of factors a person began on their own pages; also the chain of its challenge. */
  factorChange: (changeId: string) => key('factor-change', changeId),
  /** An old device has approved exactly this enrolment's device (R24). */
  approvedEnrolment: (enrolmentId: string) => key('approved-enrolment', enrolmentId),
  /** Hashes of an account's recovery codes, and which of them are used. */
  recoveryCodes: (sub: string) => key('recovery-codes', sub),
  /** Sealed secrets of the devices that make codes without network. */
  offlineCodes: (sub: string) => key('offline-codes', sub),
  /** The one code an admin gave an account in place of its device. */
  bypass: (sub: string) => key('bypass', sub),
  known: (sub: string, browserHash: string) => key('known', sub, browserHash),
  /** The browsers an account's owner asked to be remembered, in one record. */
  remembered: (sub: string) => key('remembered', sub),
  /** All sign-in passkeys of one account in one record; never the approval credentials of its devices. */
  passkeys: (sub: string) => key('passkeys', sub),
  /** Credential id of a passkey → `{ account }`: it belongs to one account, for ever. */
  passkey: (credentialId: string) => key('passkey', credentialId),
  /** What an account's approved sign-ins have looked like. */
  riskProfile: (sub: string) => key('risk-profile', sub),
  /** The person was told that a passkey is required from that time (epoch ms) on. */
  passkeyAnnounced: (sub: string, from: string) => key('passkey-announced', sub, from),

  // one sign-in
  /** The newest challenge of one interaction chain. */
  challenge: (chain: string) => key('challenge', chain),
  /** The open challenges of one account and what its owner has closed, in one record: one compare-and-set. */
  openChallenges: (sub: string) => key('open', sub),
  /** This network has asked for this account lately: of a spray, accounts count and not tries. */
  askedFrom: (network: string, sub: string) => key('asked-from', network, sub),
  /** Open WebAuthn challenges of one chain, or of one change of factors. */
  passkeyChallenges: (chain: string) => key('passkey-challenges', chain),
  deviceNonce: (window: string) => key('device-nonce', window),
  /** `jti` of a device's proof, kept as long as the proof would be accepted. */
  deviceProof: (device: string, jti: string) => key('device-proof', device, jti),

  // what was proved and agreed
  consent: (sub: string, client: string) => key('consent', sub, client),
  sessionEnded: (uid: string) => key('ended', uid),

  // configuration that lives in the store
  client: (clientId: string) => key('client', clientId),
  signingKeys: () => key('keys', 'signing'),
  cookieKeys: () => key('keys', 'cookies'),
  vapidKeys: () => key('keys', 'vapid'),
  /** Signs the cookies of remembered browsers. */
  rememberedKey: () => key('keys', 'remembered'),
  /** Secrets made at first start: pairwise subjects, DPoP nonces. */
  serverSecrets: () => key('keys', 'secrets'),

  // oidc-provider's models
  model: (model: string, modelId: string) => key(model, modelId),
  userCode: (code: string) => key('user-code', code),

  // counters and the store itself
  /** What `Store.check` of one process writes. */
  storeCheck: (process: string) => key('check', 'store', process),
  limit: (rule: string, subject: string) => key('limit', rule, subject),
} as const;

export const names = {
  accounts: () => name('accounts'),
  clients: () => name('clients'),
  /** Session uids of one account, for sign-out everywhere. */
  sessions: (sub: string) => name('sessions', sub),
  /** Browsers an account knows, by their cookie's hash. */
  knownBrowsers: (sub: string) => name('known-browsers', sub),
  /** `Model:id` of everything issued under one grant. */
  grant: (grantId: string) => name('grant', grantId),
  log: (category: string) => name('log', category),
  accountLog: (sub: string) => name('log-account', sub),
  accountAttempts: (sub: string) => name('log-attempts', sub),
  /** What its owner was told lately. */
  notices: (sub: string) => name('notices', sub),
  /** What a password alone cannot cause, once more. */
  accountLasting: (sub: string) => name('log-lasting', sub),
} as const;
