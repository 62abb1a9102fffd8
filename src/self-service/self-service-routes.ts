import Router from '@koa/router';
import type { Context } from 'koa';
import { ACCOUNT_PATH, CALLBACK_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { createApproveByPasskeyPages } from './approve-by-passkey-pages.ts';
import type { createChangePages } from './change-pages.ts';
import type { createDevicePages } from './device-pages.ts';
import type { createNewPasskeyPages } from './new-passkey-pages.ts';
import type { createOfflineCodePages } from './offline-code-pages.ts';
import type { createOverviewPages } from './overview-pages.ts';
import type { createOwnPasskeyPages } from './own-passkey-pages.ts';
import type { createPasswordPages } from './password-pages.ts';
import type { createRecoveryCodePages } from './recovery-code-pages.ts';
import type { createRememberedPages } from './remembered-pages.ts';

export interface SelfServicePages {
  readonly guard: AccountGuard;
  readonly overview: ReturnType<typeof createOverviewPages>;
  readonly remembered: ReturnType<typeof createRememberedPages>;
  readonly device: ReturnType<typeof createDevicePages>;
  readonly change: ReturnType<typeof createChangePages>;
  readonly newPasskey: ReturnType<typeof createNewPasskeyPages>;
  readonly passkey: ReturnType<typeof createOwnPasskeyPages>;
  readonly approveByPasskey: ReturnType<typeof createApproveByPasskeyPages>;
  readonly password: ReturnType<typeof createPasswordPages>;
  readonly offlineCode: ReturnType<typeof createOfflineCodePages>;
  readonly recoveryCodes: ReturnType<typeof createRecoveryCodePages>;
}

/** One request of a person's own pages: who sends it, what answers, and the state it leaves behind. */
export interface SelfServiceRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly sentBy: string;
  readonly leaves: string;
  readonly answer: (ctx: Context) => Promise<void>;
}

/**
 * A person's own pages, in the order that adding a device meets them. Like `signin.ts`, which signs them in: the pages
 * are an OpenID Connect client of the server they live in.
 *
 *   GET  /account                       person       without a session: to /authorize
 *   GET  /account/callback              browser      back from there, with a code; the session of these pages
 *   POST /account/add-device            overview     an enrolment: link, QR and code for ten minutes
 *   GET  …/changes/:change/poll         code page    parked until a device has claimed it
 *   POST /device/v1/enrolments          new device   devices/device-routes.ts: claimed, waits
 *   POST …/changes/:change/confirm      confirm page name and fingerprint were compared; the old devices are asked
 *   POST /device/v1/challenges/…        old device   devices/device-routes.ts: the signed answer, decided once
 *   POST …/changes/:change/continue     waiting page the approval is consumed; the new device may approve
 */
export function selfServiceTable(pages: SelfServicePages): readonly SelfServiceRequest[] {
  const {
    guard,
    overview,
    remembered,
    device,
    change,
    newPasskey,
    passkey,
    approveByPasskey,
    password,
    recoveryCodes,
    offlineCode,
  } = pages;
  const { page, act } = guard;
  const at = (path: string) => ACCOUNT_PATH + path;
  const nothing = 'nothing: a GET changes nothing and sends nothing';
  return [
    {
      method: 'GET',
      path: ACCOUNT_PATH,
      sentBy: 'the person',
      leaves: nothing,
      answer: page(overview.show),
    },
    {
      method: 'GET',
      path: CALLBACK_PATH,
      sentBy: 'browser, by a redirect of oidc-provider',
      leaves: 'the code redeemed, a session of these pages',
      answer: guard.callback,
    },
    {
      method: 'POST',
      path: at('/add-device'),
      sentBy: 'the overview, "show a new code"',
      leaves: 'an open enrolment and a change that names it',
      answer: act(change.add),
    },
    {
      method: 'GET',
      path: at('/changes/:change'),
      sentBy: 'browser, after every step of a change',
      leaves: nothing,
      answer: page(change.show),
    },
    {
      method: 'GET',
      path: at('/changes/:change/poll'),
      sentBy: 'the page with the code',
      leaves: 'nothing',
      answer: change.poll,
    },
    {
      method: 'POST',
      path: at('/changes/:change/confirm'),
      sentBy: 'the page with the new device and its fingerprint',
      leaves: 'a pending challenge of purpose factor-change, pushes under way',
      answer: act(change.confirm),
    },
    {
      method: 'POST',
      path: at('/changes/:change/send'),
      sentBy: '"send again", "ask again"',
      leaves: 'a new pending challenge in place of the old one',
      answer: act(change.send),
    },
    {
      method: 'POST',
      path: at('/changes/:change/continue'),
      sentBy: 'the page that waits for the old device, once approved',
      leaves: 'challenge consumed, device added or removed, the others told',
      answer: act(change.proceed),
    },
    {
      method: 'POST',
      path: at('/changes/:change/cancel'),
      sentBy: '"not my device", "cancel"',
      leaves: 'enrolment and challenge ended',
      answer: act(change.cancel),
    },
    {
      method: 'POST',
      path: at('/changes/:change/passkey/options'),
      sentBy: "the waiting page's script, before it asks the browser for a passkey",
      leaves: 'a challenge of this change, good once',
      answer: act(approveByPasskey.options),
    },
    {
      method: 'POST',
      path: at('/changes/:change/passkey'),
      sentBy: "the waiting page's script, with what the browser gave",
      leaves: 'challenge spent, the change made, the devices told',
      answer: act(approveByPasskey.submit),
    },
    {
      method: 'POST',
      path: at('/add-passkey'),
      sentBy: 'the overview',
      leaves: 'a change that waits for its passkey',
      answer: act(newPasskey.begin),
    },
    {
      method: 'POST',
      path: at('/changes/:change/register/options'),
      sentBy: "the page's script, before it asks the browser to make a passkey",
      leaves: 'a challenge of this change, good once; the user handle of the account',
      answer: act(newPasskey.options),
    },
    {
      method: 'POST',
      path: at('/changes/:change/register'),
      sentBy: "the page's script, with what the browser made",
      leaves:
        'the passkey in the change, where it signs nobody in; a pending challenge of purpose factor-change',
      answer: act(newPasskey.register),
    },
    {
      method: 'GET',
      path: at('/passkeys/:passkey'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(passkey.show),
    },
    {
      method: 'POST',
      path: at('/passkeys/:passkey/rename'),
      sentBy: "a passkey's page",
      leaves: 'another name',
      answer: act(passkey.rename),
    },
    {
      method: 'POST',
      path: at('/passkeys/:passkey/remove'),
      sentBy: "a passkey's page",
      leaves: 'a pending challenge of purpose factor-change on the devices',
      answer: act(passkey.remove),
    },
    {
      method: 'GET',
      path: at('/devices/:device'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(device.show),
    },
    {
      method: 'POST',
      path: at('/devices/:device/rename'),
      sentBy: "a device's page",
      leaves: 'another name',
      answer: act(device.rename),
    },
    {
      method: 'POST',
      path: at('/devices/:device/remove'),
      sentBy: "a device's page",
      leaves: 'a pending challenge of purpose factor-change on the other devices',
      answer: act(device.remove),
    },
    {
      method: 'GET',
      path: at('/password'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(password.show),
    },
    {
      method: 'POST',
      path: at('/password'),
      sentBy: 'the page that asks for the old and the new one',
      leaves: "the new one's hash in the change, a pending challenge of purpose factor-change",
      answer: act(password.submit),
    },
    {
      method: 'GET',
      path: at('/recovery-codes'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(recoveryCodes.show),
    },
    {
      method: 'POST',
      path: at('/recovery-codes'),
      sentBy: 'the page that says how many are left',
      leaves: 'a pending challenge of purpose factor-change; codes are made and shown once it is approved',
      answer: act(recoveryCodes.make),
    },
    {
      method: 'POST',
      path: at('/browsers/forget'),
      sentBy: 'the overview',
      leaves: 'one remembered browser, or all of them, ended',
      answer: act(remembered.forget),
    },
    {
      method: 'GET',
      path: at('/offline-code'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(offlineCode.show),
    },
    {
      method: 'POST',
      path: at('/offline-code'),
      sentBy: 'the page that says whether codes without network are on',
      leaves: 'a pending challenge of purpose factor-change',
      answer: act(offlineCode.change),
    },
    {
      method: 'GET',
      path: at('/everywhere'),
      sentBy: 'the overview',
      leaves: nothing,
      answer: page(overview.askEverywhere),
    },
    {
      method: 'POST',
      path: at('/everywhere'),
      sentBy: 'the page that asks whether to',
      leaves: 'every session and token of the account ended',
      answer: act(overview.everywhere),
    },
    {
      method: 'POST',
      path: at('/sign-out'),
      sentBy: 'the overview',
      leaves: "the session of these pages ended; the provider's page asks about its own",
      answer: act(overview.signOut),
    },
  ];
}

export function selfServiceRouter(pages: SelfServicePages): Router {
  const router = new Router();
  for (const { method, path, answer } of selfServiceTable(pages))
    router.register(path, [method.toLowerCase()], [async (ctx: Context) => answer(ctx)]);
  return router;
}
