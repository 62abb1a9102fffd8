import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { back, mark, name, seal } from './pieces.ts';
import type { Screen } from './which.ts';

type Why = Extract<Screen, { name: 'welcome' }>['why'];

const WELCOME: Readonly<Record<Why, readonly [string, string]>> = {
  new: [
    'Your phone signs you in',
    'Add your account once. From then on this phone asks you before anybody is signed in as you.',
  ],
  installed: [
    'No account on this phone yet',
    'Add it with the code that the browser shows. If you had one here before (on an old phone, or before a restore), it cannot be moved: add it again.',
  ],
  'home-screen-first': [
    'Put this on your Home Screen first',
    'On an iPhone or iPad, notifications work only for an app on the Home Screen, and it keeps its keys apart from Safari.',
  ],
  lost: [
    'This phone has lost its key',
    'The browser has cleared what this app kept: the key that approved your sign-ins is gone, and nobody else has it. Add this phone again.',
  ],
};

/** Nobody's phone yet. */
export function welcomeScreen(app: App, why: Why): TemplateResult {
  const [heading, sentence] = WELCOME[why];
  return html`<div class="screen">
    <div class="top"><span class="brand">${mark()} ${name(app.environment.organisation, 30)}</span></div>
    <div class="said middle">
      ${why === 'lost' ? seal('mark') : html`<span class="big-mark">${mark()}</span>`}
      <h1 id="heading" tabindex="-1">${heading}</h1>
      <p>${sentence}</p>
      ${
        why === 'home-screen-first'
          ? html`<ol class="steps">
              <li>Tap Share <span aria-hidden="true">(the square with an arrow)</span> in Safari.</li>
              <li>Choose “Add to Home Screen”.</li>
              <li>Open “Authenticator” from the Home Screen, and scan or type the code there.</li>
            </ol>`
          : nothing
      }
    </div>
    <div class="answers">
      <button type="button" class="button ${why === 'home-screen-first' ? '' : 'main'}" @click=${() => app.enrol.begin()}>
        ${why === 'home-screen-first' ? 'Go on without' : 'Add your account'}
      </button>
    </div>
  </div>`;
}

export function removedScreen(app: App, account: StoredAccount): TemplateResult {
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal('cross')}
      <h1 id="heading" tabindex="-1">This phone was removed</h1>
      <p>
        The server does not take it any more for <strong>${name(account.userName ?? '')}</strong>. Somebody removed it on
        the account page, or an administrator did.
      </p>
      <p class="quiet small">To use it again, add it with a new code.</p>
    </div>
    <div class="answers">
      <button type="button" class="button main" @click=${() => void app.account.forget(account.id)}>Take it off this phone</button>
    </div>
  </div>`;
}

export function loadingScreen(): TemplateResult {
  return html`<div class="screen"><div class="middle said"><span class="big-mark">${mark()}</span>
    <h1 id="heading" class="unseen" tabindex="-1">Authenticator</h1></div></div>`;
}

export { back };
