import Router from '@koa/router';
import type { Context } from 'koa';
import { POLL_PATH, type Poll } from './approval/poll-routes.ts';
import type { createWaitingPages } from './approval/waiting-pages.ts';
import type { Interaction, Interactions } from './authorize/interactions.ts';
import type { createConsentPages } from './consent/consent-pages.ts';
import type { createPasskeyPages } from './passkey/passkey-pages.ts';
import type { createPasswordPages } from './password/password-pages.ts';
import type { createRenewPasswordPages } from './password/renew-password-pages.ts';
import type { createFirstDevicePages } from './recovery/first-device-pages.ts';
import type { createLostPhonePages } from './recovery/lost-phone-pages.ts';
import type { createOfflineCodePages } from './recovery/offline-code-pages.ts';
import type { createPasskeyOfferPages } from './self-service/passkey-offer-pages.ts';

export interface SigninPages {
  readonly interactions: Interactions;
  readonly password: ReturnType<typeof createPasswordPages>;
  readonly passkey: ReturnType<typeof createPasskeyPages>;
  readonly waiting: ReturnType<typeof createWaitingPages>;
  readonly offer: ReturnType<typeof createPasskeyOfferPages>;
  readonly lostPhone: ReturnType<typeof createLostPhonePages>;
  readonly offlineCode: ReturnType<typeof createOfflineCodePages>;
  readonly firstDevice: ReturnType<typeof createFirstDevicePages>;
  readonly renewPassword: ReturnType<typeof createRenewPasswordPages>;
  readonly consent: ReturnType<typeof createConsentPages>;
  /** The long poll; `app.ts` puts it ahead of everything it does not need, Koa included. */
  readonly poll: Poll;
}

/** One request of a sign-in: who sends it, what answers, and the state it leaves behind. */
export interface SigninRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly sentBy: string;
  readonly leaves: string;
  readonly answer: ((ctx: Context) => Promise<void> | void) | Poll;
}

/**
 * THE WALK. Every request of a sign-in in the order it runs, from the app's redirect to the way back to it. The rows
 * marked "oidc-provider" are the library's (mounted last in `app.ts`); all others are the functions named here.
 *
 *   GET  /authorize               app, by redirect   oidc-provider → policy.ts: which prompt is missing?
 *   GET  /interaction/:uid        browser            the page of that prompt
 *   POST …/password               person             password proof in the chain, challenge made, pushes under way
 *   GET  /authorize/:uid          browser            oidc-provider: no session yet; the prompt is `push`
 *   GET  …/poll                   waiting page       parked until the device has answered
 *   POST /device/v1/challenges/…  device             devices/device-routes.ts: the signed answer, decided once
 *   POST …/continue               waiting page       the approval is consumed; login in the chain
 *   GET  /authorize/:uid          browser            oidc-provider: the session is written; the prompt is `consent`
 *   POST …/new-password           person             only after a report: a new password, before anything goes to the app
 *   POST …/consent                person             grant and consent record
 *   GET  /authorize/:uid          browser            oidc-provider: the code, back to the app
 *   POST /token                   app                oidc-provider: tokens
 *
 * A passkey takes the place of the device's answer, or of the password as well: options, then its assertion, which is
 * the login of the chain.
 */
export function signinTable(pages: SigninPages): readonly SigninRequest[] {
  const {
    interactions,
    password,
    passkey,
    waiting,
    offer,
    lostPhone,
    offlineCode,
    firstDevice,
    renewPassword,
    consent,
  } = pages;

  async function show(ctx: Context): Promise<void> {
    const interaction: Interaction = await interactions.load(ctx);
    switch (interaction.prompt) {
      case 'login':
        return password.show(ctx, interaction);
      case 'push':
        return waiting.show(ctx, interaction);
      case 'new-password':
        return renewPassword.show(ctx, interaction);
      case 'consent':
        return consent.show(ctx, interaction);
    }
  }

  return [
    {
      method: 'GET',
      path: '/interaction/:uid',
      sentBy: 'browser, by a redirect of oidc-provider',
      leaves: 'nothing: a GET changes nothing and sends nothing',
      answer: show,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/password',
      sentBy: 'the password page',
      leaves: 'password proof in the chain, a pending challenge, pushes under way; no session',
      answer: password.submit,
    },
    {
      method: 'GET',
      path: POLL_PATH,
      sentBy: 'the waiting page',
      leaves: 'nothing',
      answer: pages.poll,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/send',
      sentBy: 'the step-up page, "send again", "try again"',
      leaves: 'a new pending challenge in place of the old one',
      answer: waiting.send,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/continue',
      sentBy: 'the waiting page, once approved',
      leaves: 'challenge consumed, login in the chain',
      answer: waiting.proceed,
    },
    {
      method: 'GET',
      path: '/interaction/:uid/passkey',
      sentBy: '"use a passkey" on the password page, the waiting page and the step-up page',
      leaves: 'nothing',
      answer: passkey.show,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/passkey/options',
      sentBy: "the page's script, before it asks the browser for a passkey",
      leaves: 'a challenge of this chain, this browser and this use, good once',
      answer: passkey.options,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/passkey',
      sentBy: "the page's script, with what the browser gave",
      leaves: 'challenge spent, counter noted, login in the chain, no request to the phone any more',
      answer: passkey.submit,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/unmet',
      sentBy: 'the page that says that only a passkey will do',
      leaves: 'unmet_authentication_requirements for the app',
      answer: passkey.leave,
    },
    {
      method: 'GET',
      path: '/interaction/:uid/offer',
      sentBy: 'browser, after the steps below; first shown in the answer to "continue"',
      leaves: 'nothing',
      answer: offer.show,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offer/options',
      sentBy: "the offer's script, before it asks the browser to make a passkey",
      leaves: 'a challenge of this chain, this browser and this use, good once',
      answer: offer.options,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offer',
      sentBy: "the offer's script, with what the browser made",
      leaves: 'a change with the passkey in it, a pending challenge of purpose factor-change',
      answer: offer.submit,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offer/send',
      sentBy: '"send again", "ask again"',
      leaves: 'a new pending challenge in place of the old one',
      answer: offer.send,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offer/continue',
      sentBy: 'the page that waits for the device, once approved',
      leaves: 'challenge consumed, passkey added, on to the app',
      answer: offer.proceed,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offer/skip',
      sentBy: '"not now"',
      leaves: 'not offered in this browser for a while, on to the app',
      answer: offer.skip,
    },
    {
      method: 'GET',
      path: '/interaction/:uid/lost-phone',
      sentBy: 'the waiting page, "I do not have my phone"',
      leaves: 'nothing',
      answer: lostPhone.show,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/lost-phone',
      sentBy: 'the page that asks for a recovery code',
      leaves:
        'the code spent; an invitation of this browser to bind a new device, or a session by an admin’s code',
      answer: lostPhone.submit,
    },
    {
      method: 'GET',
      path: '/interaction/:uid/offline-code',
      sentBy: 'the waiting page, "no network on your phone?"',
      leaves: 'nothing',
      answer: offlineCode.show,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/offline-code',
      sentBy: 'the page that asks for the code the phone shows',
      leaves: 'that step of the code spent, login in the chain, on a rung under push',
      answer: offlineCode.submit,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/first-device',
      sentBy: 'the page of an account whose window for a first device is open',
      leaves: 'an invitation of this browser to bind it',
      answer: firstDevice.submit,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/cancel',
      sentBy: 'any page of the chain',
      leaves: 'access_denied for the app, challenge superseded',
      answer: waiting.cancel,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/new-password',
      sentBy: 'the page that asks for a new password, after a report',
      leaves: 'another password; no other browser is known to the account, and no other session is left',
      answer: renewPassword.submit,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/consent',
      sentBy: 'the consent page',
      leaves: 'grant and consent record',
      answer: consent.allow,
    },
    {
      method: 'POST',
      path: '/interaction/:uid/deny',
      sentBy: 'the consent page',
      leaves: 'access_denied for the app',
      answer: consent.deny,
    },
  ];
}

/** The table as routes; the poll stands ahead of them. */
export function signinRouter(pages: SigninPages): Router {
  const router = new Router();
  for (const { method, path, answer } of signinTable(pages)) {
    if (typeof answer !== 'function') continue;
    router.register(path, [method.toLowerCase()], [async (ctx: Context) => answer(ctx)]);
  }
  return router;
}
