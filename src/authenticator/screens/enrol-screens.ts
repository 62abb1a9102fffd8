import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { Enrolling, TicketProblem } from '../engine/enrolling.ts';
import type { AppState } from '../engine/state.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { doneScreen, notConfirmedScreen, refusedScreen } from './enrol-endings.ts';
import { back, mark, name, notice } from './pieces.ts';

type Step<S extends Enrolling['step']> = Extract<Enrolling, { step: S }>;

export function enrolScreen(
  app: App,
  enrolling: Exclude<Enrolling, { step: 'confirm' }>,
  state: AppState,
): TemplateResult {
  switch (enrolling.step) {
    case 'ticket':
      return ticketScreen(app, enrolling, state);
    case 'name':
      return nameScreen(app, enrolling, state);
    case 'lock':
      return lockScreen(app, enrolling);
    case 'refused':
      return refusedScreen(app, enrolling.why);
    case 'done':
      return doneScreen(app, enrolling, state);
    case 'not-confirmed':
      return notConfirmedScreen(app, enrolling.why);
  }
}

/** Scan, or type what the browser shows. */
function ticketScreen(app: App, { problem }: Step<'ticket'>, { accounts }: AppState): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    app.enrol.useCode(String(data.get('code')), String(data.get('user')));
  };
  return html`<div class="screen">
    <div class="top">
      ${accounts.length > 0 ? back('Back', () => app.enrol.stop()) : html`<span class="brand">${mark()}</span>`}
    </div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Add an account</h1>
      <p class="quiet">
        In a browser, open your invitation, or your account page and “Add a device”. It shows a code for this phone.
      </p>
    </div>
    <button type="button" class="button main" @click=${() => app.enrol.scan(true)}>Scan the code</button>
    <p class="or">or type what the browser shows</p>
    <form class="fields" novalidate @submit=${submit}>
      <div class="field">
        <label for="user">User name</label>
        <input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false"
          aria-invalid=${problem === 'no-name' ? 'true' : 'false'} aria-describedby="ticket-problem" />
      </div>
      <div class="field">
        <label for="code">Code</label>
        <input id="code" class="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false"
          placeholder="0000-0000" aria-invalid=${problem === 'no-code' ? 'true' : 'false'} aria-describedby="ticket-problem" />
      </div>
      <p class="problem" id="ticket-problem" role="alert">${problem ? ticketWords(problem) : nothing}</p>
      <p class="quiet small">Server: ${name(new URL(app.environment.issuer).host, 48)}</p>
      <button type="submit" class="button">Go on</button>
    </form>
  </div>`;
}

function ticketWords(problem: TicketProblem): string {
  switch (problem) {
    case 'no-link':
      return 'That is no code for adding a phone. Scan the one that the browser shows under “Add your phone”.';
    case 'no-code':
      return 'A code has 8 letters and digits, like 7K3M-Q0ZD.';
    case 'no-name':
      return 'Type the user name you sign in with.';
    case 'no-camera':
      return 'There is no camera this app may use. Type the code instead.';
  }
}

function nameScreen(
  app: App,
  { name: typed, sending }: Step<'name'>,
  { accounts }: AppState,
): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void app.enrol.send(String(new FormData(event.target as HTMLFormElement).get('name')));
  };
  const others = accounts.filter((account) => account.state === 'active');
  return html`<form class="screen" novalidate @submit=${submit}>
    <div class="top"><span class="brand">${mark()} ${name(app.environment.organisation, 30)}</span></div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Add this phone</h1>
      <p class="quiet">
        It makes a key that never leaves it, and approves your sign-ins with it. You will see it by this name.
      </p>
    </div>
    <div class="field">
      <label for="name">Name of this phone</label>
      <input id="name" name="name" maxlength="64" autocomplete="off" .value=${typed} ?disabled=${sending} />
    </div>
    ${
      others.length > 0
        ? html`<p class="quiet small">
            Already here: ${others.map((account, i) => html`${i > 0 ? ', ' : ''}${name(account.userName ?? '')}`)}. The
            new account comes beside it.
          </p>`
        : nothing
    }
    <div class="answers">
      <button type="submit" class="button main" ?disabled=${sending}>${sending ? 'Adding…' : 'Add this phone'}</button>
      <button type="button" class="link" ?disabled=${sending} @click=${() => app.enrol.stop()}>Not now</button>
    </div>
  </form>`;
}

/** The link is spent already: whatever is chosen here, the phone is the same one. */
function lockScreen(app: App, { doing, failed }: Step<'lock'>): TemplateResult {
  return html`<div class="screen">
    <div class="top"><span class="brand">${mark()} ${name(app.environment.organisation, 30)}</span></div>
    <div class="said middle">
      <span class="big-mark">${mark()}</span>
      <h1 id="heading" tabindex="-1">Ask for your fingerprint, face or PIN?</h1>
      <p>Then nobody who picks up this phone can approve a sign-in with it. It can only be set up now.</p>
      <p class="problem" role="alert">
        ${failed ? 'That did not work. Try again, or go on without.' : nothing}
      </p>
    </div>
    <div class="answers">
      <button type="button" class="button main" ?disabled=${doing} @click=${() => void app.enrol.useLock()}>
        ${doing ? 'Waiting for you…' : 'Use this phone’s lock'}
      </button>
      <button type="button" class="link" ?disabled=${doing} @click=${() => app.enrol.withoutLock()}>Go on without</button>
    </div>
  </div>`;
}

/** The browser shows the same name and fingerprint, and asks its person to confirm. */
export function confirmScreen(app: App, account: StoredAccount, state: AppState): TemplateResult {
  const before = state.accounts.some(
    ({ id, userName, state: how }) => id !== account.id && how === 'active' && userName === account.userName,
  );
  return html`<div class="screen">
    <div class="top"><span class="brand">${mark()} ${name(app.environment.organisation, 30)}</span></div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Now confirm in the browser</h1>
      <p class="quiet">
        The page that showed the code shows this phone now. Compare, and confirm it there.
        If you have another phone here already, it asks you too. This screen goes on by itself.
      </p>
    </div>
    <dl class="facts">
      <dt>Account</dt><dd>${name(account.userName ?? '')}</dd>
      <dt>This phone</dt><dd>${name(account.name)}</dd>
    </dl>
    <div class="stack">
      <h2>Fingerprint</h2>
      <p class="fingerprint" id="fingerprint">${account.fingerprint ?? ''}</p>
    </div>
    ${before ? notice(html`This phone has an account of ${name(account.userName ?? '')} already. Confirm only if you mean to add it again.`) : nothing}
    ${
      state.notifications === 'default'
        ? html`<section class="panel left" aria-label="Notifications">
            <p>Meanwhile: let this phone tell you when somebody signs in as you.</p>
            <button type="button" class="button" @click=${() => void app.account.allowNotifications()}>
              Turn on notifications
            </button>
          </section>`
        : nothing
    }
    <p class="quiet small">
      The browser shows another name or fingerprint, or says the code was used? Then somebody else used it: cancel there.
    </p>
  </div>`;
}
