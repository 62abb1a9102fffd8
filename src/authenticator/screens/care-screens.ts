import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { Where } from '../engine/state.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { type ActivityEvent, activityDetails, activityWords } from './activity-words.ts';
import { back, name, notice, seal } from './pieces.ts';
import { ago } from './time-words.ts';

type At<W extends Where['at']> = Extract<Where, { at: W }>;

/** What happened to the account lately. */
export function activityScreen(app: App, account: StoredAccount, where: At<'activity'>): TemplateResult {
  const { events, serverTime = 0, problem } = where;
  const known = events?.filter((event) => activityWords(event) !== undefined);
  return html`<div class="screen">
    <div class="top">${back('Back', () => app.account.look(account.id))}</div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Recent activity</h1>
      <p class="quiet">${name(account.userName ?? '')}</p>
    </div>
    ${problem ? notice('The server did not answer.', 'bad') : nothing}
    ${
      problem
        ? html`<button type="button" class="button" @click=${() => void app.care.lookAtActivity(account.id)}>Try again</button>`
        : known === undefined
          ? html`<p class="quiet" role="status">Looking…</p>`
          : known.length === 0
            ? html`<p class="quiet">Nothing in the last 30 days.</p>`
            : html`<ul class="events">${known.map((event) => eventItem(event, serverTime))}</ul>`
    }
    <p class="quiet small">
      Something here was not you? <button type="button" class="link inline" @click=${() => app.care.askToSecure(account.id)}>Secure your account</button>
    </p>
  </div>`;
}

function eventItem(event: ActivityEvent, serverTime: number): TemplateResult {
  const exact = new Date(event.at * 1000);
  return html`<li>
    <span class="event-name">${activityWords(event)}</span>
    ${activityDetails(event).map(
      (line) =>
        html`<span class="quiet small">${line.map((part, i) => html`${i > 0 ? ' · ' : ''}${name(part, 48)}`)}</span>`,
    )}
    <time class="quiet small" datetime=${exact.toISOString()} title=${exact.toLocaleString()}
      >${ago((serverTime - event.at) * 1000)}</time
    >
  </li>`;
}

export function secureScreen(app: App, account: StoredAccount, where: At<'secure'>): TemplateResult {
  return where.step === 'done' ? securedScreen(app, account, where) : askScreen(app, account, where);
}

function askScreen(app: App, account: StoredAccount, { step, problem }: At<'secure'>): TemplateResult {
  const busy = step === 'doing';
  return html`<div class="screen">
    <div class="top">${back('Back', () => app.account.look(account.id))}</div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Secure your account?</h1>
      <p>For <strong>${name(account.userName ?? '')}</strong>, at once:</p>
      <ul class="steps">
        <li>Every browser and app is signed out, yours, too.</li>
        <li>No browser can ask your phone any more, until you let them again here.</li>
        <li>Your other devices are told.</li>
      </ul>
      <p class="quiet">Your password stays what it is. If somebody knows it, change it afterwards.</p>
    </div>
    ${problem ? notice('The server did not answer. Nothing was done. Try again.', 'bad') : nothing}
    <div class="answers">
      <button type="button" class="button deny" ?disabled=${busy} @click=${() => void app.care.secure(account.id)}>
        ${busy ? 'Securing…' : 'Sign out everywhere and stop requests'}
      </button>
    </div>
  </div>`;
}

function securedScreen(app: App, account: StoredAccount, { sessions = 0 }: At<'secure'>): TemplateResult {
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal('tick')}
      <h1 id="heading" tabindex="-1">Your account is secured</h1>
      <p>${sessions === 0 ? 'Nobody was signed in.' : sessions === 1 ? '1 sign-in was ended.' : `${sessions} sign-ins were ended.`}</p>
      ${account.pausedUntil === undefined ? nothing : html`<p>${pausedWords(account.pausedUntil)}</p>`}
      <p class="quiet small">If somebody knows your password, change it now, or ask your administrator to.</p>
    </div>
    <div class="answers">
      <button type="button" class="button main" @click=${() => app.account.look(account.id)}>Done</button>
    </div>
  </div>`;
}

/** @param until epoch seconds */
export function pausedWords(until: number): TemplateResult {
  const at = new Date(until * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleString([], {
    ...(today ? {} : { weekday: 'long' }),
    hour: '2-digit',
    minute: '2-digit',
  });
  return html`No browser can ask this phone until
    <time datetime=${at.toISOString()} title=${at.toLocaleString()}>${time}</time>.`;
}
