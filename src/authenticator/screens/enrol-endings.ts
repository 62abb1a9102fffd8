import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { Enrolling, RefusedWhy } from '../engine/enrolling.ts';
import type { AppState } from '../engine/state.ts';
import { name, seal } from './pieces.ts';

/** How adding this phone can end. */

export function doneScreen(
  app: App,
  { account: id }: Extract<Enrolling, { step: 'done' }>,
  state: AppState,
): TemplateResult {
  const account = state.accounts.find((kept) => kept.id === id);
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal('tick')}
      <h1 id="heading" tabindex="-1">This phone is ready</h1>
      <p>It approves sign-ins of <strong>${name(account?.userName ?? '')}</strong> from now on.</p>
    </div>
    <section class="stack second-way">
      <h2>Add a second way in</h2>
      <p class="quiet">
        A phone can get lost. Add another device, or a passkey, on your account page, so that you can still get in.
      </p>
    </section>
    ${
      state.notifications === 'default'
        ? html`<section class="panel left" aria-label="Notifications">
            <p>Let this phone tell you when somebody signs in as you. Without it, open this app when you sign in.</p>
            <button type="button" class="button" @click=${() => void app.account.allowNotifications()}>
              Turn on notifications
            </button>
          </section>`
        : nothing
    }
    <div class="answers">
      <button type="button" class="button main" @click=${() => app.enrol.stop()}>Done</button>
    </div>
  </div>`;
}

const REFUSED: Readonly<Record<RefusedWhy, readonly [string, string]>> = {
  used: [
    'This code was used already',
    'If you did not use it yourself, somebody else has: cancel in the browser that showed it, and ask for a new one.',
  ],
  expired: ['This code has expired', 'A code lives for ten minutes. Let the browser show a new one.'],
  'not-found': [
    'This code is not known',
    'It may be misspelt, or belong to another account. Check the user name and the code, or scan it.',
  ],
  'too-many-devices': [
    'There are too many devices',
    'This account has as many devices as it may have. Remove one on your account page first.',
  ],
  'too-many-tries': ['Too many tries', 'Wait ten minutes, and let the browser show a new code.'],
  'other-server': [
    'This code is for another server',
    'This app belongs to one server, and the code to another. Open the link in the browser instead.',
  ],
  unreachable: [
    'The server cannot be reached',
    'Check the connection, and try again. The code was not spent.',
  ],
  'no-keys': [
    'This browser cannot keep a key',
    'Open the link in an ordinary window of an up-to-date browser, and allow it to keep data for this site.',
  ],
  other: ['That did not work', 'The server did not take it. Let the browser show a new code, and try again.'],
};

export function refusedScreen(app: App, why: RefusedWhy): TemplateResult {
  const [heading, sentence] = REFUSED[why];
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal(why === 'expired' ? 'clock' : 'cross')}
      <h1 id="heading" tabindex="-1">${heading}</h1>
      <p>${sentence}</p>
    </div>
    <div class="answers">
      <button type="button" class="button main" @click=${() => app.enrol.begin()}>Use another code</button>
      <button type="button" class="link" @click=${() => app.enrol.stop()}>Not now</button>
    </div>
  </div>`;
}

export function notConfirmedScreen(app: App, why: 'cancelled' | 'expired'): TemplateResult {
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal(why === 'expired' ? 'clock' : 'cross')}
      <h1 id="heading" tabindex="-1">${why === 'expired' ? 'Nobody confirmed this phone' : 'This phone was not added'}</h1>
      <p>${
        why === 'expired'
          ? 'The time to confirm it in the browser is over. Start again with a new code.'
          : 'It was refused in the browser. If that was a mistake, start again with a new code.'
      }</p>
    </div>
    <div class="answers">
      <button type="button" class="button main" @click=${() => app.enrol.begin()}>Use another code</button>
      <button type="button" class="link" @click=${() => app.enrol.stop()}>Not now</button>
    </div>
  </div>`;
}
