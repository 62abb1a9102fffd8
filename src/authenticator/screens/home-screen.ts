import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { AppState, OpenRequest } from '../engine/state.ts';
import { mark, name, notice, tile, timeRing } from './pieces.ts';
import { requestWords } from './words.ts';

/** What waits, newest first; then the accounts of this device. */
export function homeScreen(app: App, state: AppState, now: number): TemplateResult {
  const { requests } = state;
  const active = state.accounts.filter((account) => account.state === 'active');
  const several = active.length > 1;
  return html`<div class="screen home">
    <header class="top"><span class="brand">${mark()} ${name(app.environment.organisation, 30)}</span></header>
    <section class="stack" aria-labelledby="heading">
      <h1 id="heading" tabindex="-1">${headingOf(requests.length)}</h1>
      ${
        requests.length === 0
          ? html`<p class="quiet">${emptyWords(state)}</p>`
          : html`<ul class="requests">
              ${requests.map((request) => requestItem(app, request, several, now))}
            </ul>`
      }
    </section>
    ${connectionNotice(state)} ${notificationNotice(app, state)}
    <section class="stack accounts" aria-labelledby="accounts-heading">
      <h2 id="accounts-heading">${several ? 'Your accounts' : 'Your account'}</h2>
      <ul class="choices">
        ${state.accounts
          .filter((account) => account.state !== 'enrolling')
          .map(
            (account) => html`<li>
              <button type="button" class="choice" @click=${() => app.account.look(account.id)}>
                <span class="choice-words">
                  <span class="choice-name">${name(account.userName ?? '')}</span>
                  <span class="quiet small"
                    >${account.state === 'pending' ? 'Waits to be confirmed' : html`This device: ${name(account.name, 30)}`}</span
                  >
                </span>
                <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M9 5l7 7-7 7"></path></svg>
              </button>
            </li>`,
          )}
      </ul>
      <button type="button" class="link" @click=${() => app.enrol.begin()}>Add an account</button>
    </section>
  </div>`;
}

function headingOf(count: number): string {
  if (count === 0) return 'Nothing is waiting';
  return count === 1 ? '1 request is waiting' : `${count} requests are waiting`;
}

function emptyWords({ connection }: AppState): string {
  return connection === 'ok'
    ? 'When somebody signs in as you, the request appears here.'
    : connection === 'waiting'
      ? 'Looking for requests…'
      : 'Requests cannot be seen right now.';
}

function requestItem(app: App, request: OpenRequest, several: boolean, now: number): TemplateResult {
  const { context, id } = request.challenge;
  const words = requestWords(context);
  const special = context.purpose !== 'sign-in';
  return html`<li>
    <button type="button" class="choice request-choice ${special ? 'special' : ''}" @click=${() => app.answer.open(id)}>
      ${tile(context.app.name)}
      <span class="choice-words">
        <span class="choice-name">${special ? words.heading : name(context.app.name)}</span>
        ${special ? html`<span class="small">${name(context.app.name)}</span>` : nothing}
        <span class="quiet small">
          ${context.place === null ? 'Place not known' : name(context.place, 30)} · ${name(context.browser, 30)}
        </span>
        ${several ? html`<span class="quiet small">${name(context.account)}</span>` : nothing}
      </span>
      ${timeRing(request.endsAt - now, request.life)}
    </button>
  </li>`;
}

function connectionNotice({ connection, unreadable }: AppState): TemplateResult | typeof nothing {
  if (unreadable) {
    return notice(
      'A request holds something this version cannot show, so it cannot be answered here. Load the app again to update it.',
    );
  }
  if (connection === 'offline')
    return notice('This device is offline. Requests appear as soon as it is connected.');
  if (connection === 'unreachable') return notice('The server cannot be reached. This app goes on trying.');
  return nothing;
}

function notificationNotice(app: App, { notifications }: AppState): TemplateResult | typeof nothing {
  if (notifications === 'granted') return nothing;
  if (notifications === 'default') {
    return html`<section class="panel left" aria-label="Notifications">
      <p>Turn on notifications, so that this phone tells you when somebody signs in as you. Without them, open this app when you sign in.</p>
      <button type="button" class="button main" @click=${() => void app.account.allowNotifications()}>
        Turn on notifications
      </button>
    </section>`;
  }
  if (notifications === 'denied') {
    return html`<details class="help">
      <summary>Notifications are blocked</summary>
      <p class="quiet">
        Open this app when you sign in: requests appear here. To be told of them, allow notifications for this site in
        the browser’s settings (the icon beside the address, then Permissions), or for this app in the phone’s settings.
      </p>
    </details>`;
  }
  const words = app.environment.ios
    ? 'Notifications work in the app on the Home Screen only. Open it from there.'
    : 'This browser has no notifications. Open this app when you sign in: requests appear here.';
  return html`<p class="quiet small">${words}</p>`;
}
