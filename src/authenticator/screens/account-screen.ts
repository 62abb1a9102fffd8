import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { AppState } from '../engine/state.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { pausedWords } from './care-screens.ts';
import { back, name, notice } from './pieces.ts';

/** One account of this device: its name, its fingerprint, and how to be rid of it. */
export function accountScreen(app: App, account: StoredAccount, { where }: AppState): TemplateResult {
  const here = where.at === 'account' ? where : undefined;
  const busy = here?.doing !== undefined;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void app.account.rename(account.id, String(new FormData(event.target as HTMLFormElement).get('name')));
  };
  return html`<div class="screen">
    <div class="top">${back('Back', () => app.account.home())}</div>
    <h1 id="heading" tabindex="-1">${name(account.userName ?? '')}</h1>
    ${here?.problem === 'unreachable' ? notice('The server did not answer. Try again.', 'bad') : nothing}
    <form class="fields" novalidate @submit=${submit}>
      <div class="field">
        <label for="name">Name of this phone</label>
        <input id="name" name="name" maxlength="64" autocomplete="off" .value=${account.name} ?disabled=${busy}
          aria-invalid=${here?.problem === 'name' ? 'true' : 'false'} aria-describedby="name-problem" />
        <p class="problem" id="name-problem" role="alert">${here?.problem === 'name' ? 'A name has 1 to 64 characters that can be seen.' : nothing}</p>
      </div>
      <button type="submit" class="button" ?disabled=${busy}>${here?.doing === 'renaming' ? 'Saving…' : 'Save the name'}</button>
    </form>
    <dl class="facts">
      <dt>Server</dt><dd>${name(new URL(account.issuer).host, 48)}</dd>
      <dt>Fingerprint</dt><dd class="mono">${account.fingerprint ?? ''}</dd>
      <dt>Approves by</dt>
      <dd>${account.credential ? 'fingerprint, face or PIN' : 'whoever holds this phone'}</dd>
      <dt>Added</dt><dd>${new Date(account.addedAt).toLocaleDateString()}</dd>
    </dl>
    ${
      account.pausedUntil === undefined && account.reportedAt === undefined
        ? nothing
        : html`<div class="notice stack">
            <p>
              ${
                account.pausedUntil === undefined
                  ? 'You said that a sign-in was not you: browsers you have not signed in with cannot ask this phone.'
                  : pausedWords(account.pausedUntil)
              }
            </p>
            <button type="button" class="button" ?disabled=${busy} @click=${() => void app.care.resume(account.id)}>
              Let them ask again
            </button>
          </div>`
    }
    <div class="stack">
      <button type="button" class="button" ?disabled=${busy} @click=${() => void app.offline.look(account.id)}>
        Offline code
      </button>
      <button type="button" class="button" ?disabled=${busy} @click=${() => void app.care.lookAtActivity(account.id)}>
        Recent activity
      </button>
      <button type="button" class="button" ?disabled=${busy} @click=${() => app.care.askToSecure(account.id)}>
        Secure my account
      </button>
    </div>
    <section class="stack danger">
      ${
        here?.asking === 'remove'
          ? html`<div class="notice bad" role="alert">
                <p>This phone will not approve sign-ins of ${name(account.userName ?? '')} any more. Make sure that you have another way in.</p>
              </div>
              <div class="pair two">
                <button type="button" class="button" ?disabled=${busy} @click=${() => app.account.look(account.id)}>Keep it</button>
                <button type="button" class="button deny" ?disabled=${busy} @click=${() => void app.account.remove(account.id)}>Remove it</button>
              </div>`
          : html`<button type="button" class="button" ?disabled=${busy} @click=${() => app.account.askToRemove(account.id)}>
              ${here?.doing === 'removing' ? 'Removing…' : 'Remove this phone'}
            </button>`
      }
    </section>
    <p class="quiet small"><a href="/authenticator/licences.txt" target="_blank" rel="noopener">Whose work is in this app</a></p>
  </div>`;
}
