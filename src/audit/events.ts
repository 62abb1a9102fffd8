import type { Withheld } from '../approval/open-challenges.ts';
import type { Purpose } from '../protocol/context.ts';
import type { NoticeKind } from '../protocol/notices.ts';
import type { Away } from '../risk/device-away.ts';
import type { Facts } from '../risk/facts.ts';
import type { Proof } from '../risk/proof.ts';
import type { Signal } from '../risk/signals.ts';

/**
 * Everything Countersign writes down, one type for each step of a sign-in, an enrolment and an admin's act, each with
 * its fields. A field is an id, a name or a reason: never a password, number, code, token, key or push endpoint (R49).
 * Times, category and request id are added by `audit.ts`.
 */
interface Fields {
  'sign_in.started': Chain & { readonly client: string; readonly address: string };
  'password.accepted': Attempt & { readonly account: string; readonly known: boolean };
  /** `account` only where there is one: the log may know what the page must not tell. */
  'password.rejected': Attempt & { readonly account?: string; readonly known: boolean };
  'password.throttled': Attempt & { readonly account?: string; readonly retryAfterS: number };

  /** `passkey` names it and opens nothing. */
  'passkey.accepted': Attempt & {
    readonly account: string;
    readonly passkey: string;
    readonly userVerified: boolean;
  };
  /** `account` only where the credential leads to one; the reasons are in docs/passkeys.md. */
  'passkey.refused': Attempt & { readonly account?: string; readonly reason: string };
  /** `authenticator` is the AAGUID, a claim unless `attested`; `approvedBy` a device, or a passkey, that was there. */
  'passkey.added': OfAccount & {
    readonly passkey: string;
    readonly name: string;
    readonly authenticator: string;
    readonly synced: boolean;
    readonly attested: boolean;
    readonly approvedBy: string;
  };
  'passkey.renamed': OfAccount & { readonly passkey: string; readonly name: string };
  'passkey.removed': OfAccount & {
    readonly passkey: string;
    readonly name: string;
    readonly by: Actor;
    readonly approvedBy?: string;
    readonly reason?: string;
  };
  /** What policy made of an attempt, with the facts it saw: enough to decide again under another policy. */
  'risk.assessed': Attempt & {
    readonly account: string;
    readonly facts: Facts;
    /** Of the client. */
    readonly floor: Proof;
    readonly signals: readonly Signal[];
    readonly rule: string;
    /** What it has to show. `proof` would be redacted in the log: there it is a device's signed call. */
    readonly needs: Proof;
    /** What asks for more than the rule does. */
    readonly raisedBy?: 'profile' | 'browser' | 'purpose' | 'client';
  };

  'challenge.created': Challenge & {
    readonly client: string;
    readonly purpose: Purpose;
    readonly address: string;
    readonly known: boolean;
    /** What an approval of it proves. */
    readonly proves: Proof;
    readonly devices: number;
    readonly listed: boolean;
    /** Whether a push went out; `withheld`: why devices do not even list it. */
    readonly rings: boolean;
    readonly withheld?: Withheld;
  };
  'challenge.sent': OnDevice;
  'challenge.delivered': OnDevice;
  'challenge.opened': OnDevice;
  'challenge.approved': OnDevice & {
    readonly userVerified: boolean;
    /** How far the device was from the browser. */
    readonly away?: Away;
  };
  'challenge.denied': OnDevice;
  'challenge.reported': OnDevice;
  /** An answer was refused: the number was wrong, or the signature, or one of its claims. */
  'challenge.answer_refused': OnDevice & { readonly reason: string };
  'challenge.failed': Challenge & { readonly reason: string };
  'challenge.expired': Challenge;
  'challenge.superseded': Challenge;
  'challenge.consumed': Challenge;

  /** A browser's owner had it remembered after an approved sign-in, until then (epoch s). */
  'remembered.begun': Attempt & { readonly account: string; readonly until: number };
  /** It stood in for a device's approval. */
  'remembered.used': Attempt & { readonly account: string };
  'remembered.ended': OfAccount & {
    readonly by: Actor;
    readonly browsers: number;
    readonly reason?: string;
  };
  /** An old value of its cookie came after a newer one was in use: all of the account ended. */
  'remembered.stolen': OfAccount & { readonly browsers: number };

  'session.started': Session & Attempt & { readonly acr: string };
  'session.stepped_up': Session & Attempt & { readonly acr: string };
  'session.ended': Session & { readonly by: Actor };
  'session.ended_everywhere': OfAccount & {
    readonly by: Actor;
    readonly sessions: number;
    readonly reason?: string;
  };

  'consent.given': OfAccount & { readonly client: string; readonly scopes: readonly string[] };
  'consent.denied': OfAccount & { readonly client: string };

  'token.issued': Token & { readonly grantType: string };
  'token.refreshed': Token;
  'token.revoked': Token & { readonly by: Actor };
  /** A code or refresh token came twice: the whole family is dead. */
  'token.replay': Token & { readonly what: string };

  'device.enrolment_opened': OfAccount & { readonly enrolment: string; readonly by: Actor };
  'device.claimed': NewDevice;
  /** `approvedBy`: the device that was there already and approved it. */
  'device.confirmed': NewDevice & { readonly device: string; readonly approvedBy?: string };
  'device.cancelled': OfAccount & { readonly enrolment: string; readonly reason: string };
  /** Its approvals need a verified person from now on. `authenticator` is the AAGUID, as it says itself. */
  'device.credential_added': OfAccount & {
    readonly device: string;
    readonly authenticator: string;
    readonly synced: boolean;
  };
  /** Its push endpoint was replaced or taken away, by a call signed with its key (F12). */
  'device.subscription_changed': OfAccount & { readonly device: string; readonly push: boolean };
  'device.renamed': OfAccount & { readonly device: string; readonly name: string };
  'device.revoked': OfAccount & {
    readonly device: string;
    readonly by: Actor;
    readonly reason: string;
    readonly approvedBy?: string;
  };

  'account.created': OfAccount & { readonly userName: string; readonly by: Actor };
  'account.removed': OfAccount & { readonly userName: string; readonly by: Actor };
  'account.disabled': OfAccount & { readonly by: Actor; readonly reason?: string };
  'account.enabled': OfAccount & { readonly by: Actor; readonly reason?: string };
  'account.changed': OfAccount & { readonly by: Actor; readonly fields: readonly string[] };
  'account.password_changed': OfAccount & { readonly by: Actor };
  /** A device said "This wasn't me": unknown browsers are kept away, and whoever asked is blocked until then (epoch s). */
  'account.reported': OfAccount & {
    readonly chain: string;
    readonly device: string;
    readonly client: string;
    readonly address: string;
    readonly known: boolean;
    readonly blockedUntil: number;
    /** How many sessions ended with it. */
    readonly sessions: number;
  };
  /** Signed out everywhere and closed to unknown browsers until then (epoch s), by a device. */
  'account.secured': OfAccount & {
    readonly device: string;
    readonly sessions: number;
    readonly until: number;
  };
  /** Unknown browsers may ask again. */
  'account.resumed': OfAccount & { readonly by: Actor; readonly device?: string; readonly reason?: string };
  /** Without a device, the person may add the first one at a sign-in by password until then (epoch s). */
  'account.first_device_opened': OfAccount & {
    readonly by: Actor;
    readonly reason: string;
    readonly until: number;
  };
  'account.first_device_closed': OfAccount & { readonly by: Actor; readonly reason: string };
  'account.invited': OfAccount & {
    readonly by: Actor;
    readonly replacesDevices: boolean;
    readonly reason?: string;
  };

  /** A code of the account was used in place of its devices; a new device comes next. */
  'recovery.used': Attempt & OfAccount & { readonly left: number };
  /** A code was typed that is none of the account's. */
  'recovery.rejected': Attempt & OfAccount & { readonly known: boolean };
  'recovery.throttled': Attempt & OfAccount & { readonly retryAfterS: number };
  /** Codes of devices without network, turned on or off by a change of factors. */
  'offline_code.turned_on': OfAccount & { readonly approvedBy: string };
  'offline_code.turned_off': OfAccount & { readonly approvedBy: string };
  /** A code of this device was typed, after the right password. */
  'offline_code.used': Attempt & OfAccount & { readonly device: string };
  'offline_code.rejected': Attempt & OfAccount & { readonly known: boolean };
  'offline_code.throttled': Attempt & OfAccount & { readonly retryAfterS: number | null };
  /** An admin gave the account one code in place of its devices, until then (epoch s). */
  'bypass.given': OfAccount & { readonly by: Actor; readonly reason: string; readonly until: number };
  'bypass.taken_back': OfAccount & { readonly by: Actor; readonly reason: string };
  /** It was typed, after the right password: a session came of it without any device. */
  'bypass.used': Attempt & OfAccount;
  'recovery.codes_made': OfAccount & { readonly count: number; readonly approvedBy: string };
  /** Somebody who has its password asks for one account again and again: so often in so many seconds, without a success. */
  'attack.harassment': OfAccount & {
    readonly tries: number;
    readonly seconds: number;
    /** Of the newest try. */
    readonly address: string;
  };
  /** One address or network asks for many accounts, of which none got in. */
  'attack.spray': {
    readonly what: 'address' | 'network';
    readonly value: string;
    readonly accounts: number;
  };

  'client.added': { readonly client: string; readonly by: Actor };
  'client.changed': { readonly client: string; readonly by: Actor; readonly fields: readonly string[] };
  'client.removed': { readonly client: string; readonly by: Actor };
  'keys.rotated': { readonly use: 'signing' | 'cookies' | 'vapid'; readonly by: Actor };

  'push.sent': OnDevice & { readonly attempts: number };
  'push.failed': OnDevice & { readonly attempts: number; readonly reason: string };
  /** One address of a person was told by mail; the address is not written down. */
  'mail.sent': OfAccount & { readonly notice: NoticeKind; readonly attempts: number };
  'mail.failed': OfAccount & {
    readonly notice: NoticeKind;
    readonly attempts: number;
    readonly reason: string;
  };
  'push.subscription_removed': OfAccount & { readonly device: string };

  'server.started': { readonly version: string; readonly engine: string };
  'server.stopped': { readonly reason: string };
}

/** Who did it: the person, an admin (by `sub`), the command line, the device itself, an app, or the server by itself. */
export type Actor = 'self' | 'cli' | 'device' | 'client' | 'server' | `admin:${string}`;

interface OfAccount {
  readonly account: string;
}
interface Chain {
  /** Interaction chain (`interaction.cid`): what ties the events of one sign-in together. */
  readonly chain: string;
}
interface Attempt extends Chain {
  readonly client: string;
  readonly address: string;
}
interface Challenge extends OfAccount, Chain {}
interface OnDevice extends Challenge {
  readonly device: string;
}
interface Session extends OfAccount {
  /** The session's `uid`, which opens nothing. */
  readonly session: string;
}
interface Token {
  readonly account?: string;
  readonly client: string;
  /** The grant's id is a secret to nobody but opens nothing either: it ties a family together. */
  readonly grant?: string;
}
interface NewDevice extends OfAccount {
  readonly enrolment: string;
  readonly name: string;
  readonly kind: string;
  /** Of the device's public key, as the person compares it. */
  readonly fingerprint: string;
}

export type AuditType = keyof Fields;
export type AuditEvent = { [T in AuditType]: { readonly type: T } & Fields[T] }[AuditType];

/** One log each, so that a storm in one (wrong passwords) does not push out another (admin's acts). */
export const AUDIT_CATEGORIES = [
  'attempt',
  'sign-in',
  'token',
  'device',
  'account',
  'admin',
  'push',
  'server',
] as const;
export type AuditCategory = (typeof AUDIT_CATEGORIES)[number];

const CATEGORY_OF_STEM: Record<Stem<AuditType>, AuditCategory> = {
  sign_in: 'sign-in',
  password: 'sign-in',
  passkey: 'sign-in',
  risk: 'sign-in',
  challenge: 'sign-in',
  session: 'sign-in',
  remembered: 'sign-in',
  consent: 'sign-in',
  token: 'token',
  device: 'device',
  account: 'account',
  recovery: 'account',
  bypass: 'account',
  attack: 'account',
  offline_code: 'account',
  client: 'admin',
  keys: 'admin',
  push: 'push',
  mail: 'push',
  server: 'server',
};
type Stem<T extends string> = T extends `${infer S}.${string}` ? S : never;

/** What anybody can cause as often as they like, by wrong passwords and codes: apart, so that it pushes nothing else out. */
const ATTEMPTS: ReadonlySet<AuditType> = new Set([
  'sign_in.started',
  'password.rejected',
  'password.throttled',
  'recovery.rejected',
  'recovery.throttled',
  'passkey.refused',
  'offline_code.rejected',
  'offline_code.throttled',
]);

/** What takes a device's word, or an admin: nothing that a password alone causes may push it out of an account's log. */
const LASTING: ReadonlySet<AuditType> = new Set([
  'session.started',
  'session.stepped_up',
  'challenge.denied',
  'challenge.reported',
  'challenge.failed',
  'account.reported',
  'remembered.begun',
  'remembered.stolen',
  'device.confirmed',
  'device.revoked',
  'passkey.added',
  'passkey.removed',
  'account.password_changed',
  'recovery.used',
  'bypass.given',
  'bypass.used',
  'offline_code.turned_on',
  'offline_code.turned_off',
  'recovery.codes_made',
]);

export const isLasting = (type: AuditType): boolean => LASTING.has(type);

export function categoryOf(type: AuditType): AuditCategory {
  return ATTEMPTS.has(type) ? 'attempt' : CATEGORY_OF_STEM[type.split('.')[0] as Stem<AuditType>];
}
