import { html, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { Where } from '../engine/state.ts';
import type { StoredAccount } from '../storage/accounts.ts';
import { back, name, notice } from './pieces.ts';

/** The code of this moment; it needs no network. */
export function offlineScreen(
  app: App,
  account: StoredAccount,
  where: Extract<Where, { at: 'offline-code' }>,
): TemplateResult {
  const { code, leftMs = 0, off, problem } = where;
  const seconds = Math.ceil(leftMs / 1000);
  return html`<div class="screen">
    <div class="top">${back('Back', () => app.account.look(account.id))}</div>
    <div class="stack">
      <h1 id="heading" tabindex="-1">Offline code</h1>
      <p class="quiet">${name(account.userName ?? '')}</p>
    </div>
    ${
      code !== undefined
        ? html`<p class="fingerprint" id="offline-code" aria-live="off">${code.slice(0, 3)} ${code.slice(3)}</p>
            <p class="quiet">A new one comes in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}. In the browser, open “Nothing arriving?”, choose “Use an offline code”, and type it there.</p>
            ${notice('Type it only on the page you opened yourself. Never tell it to anybody, not even to a help desk.', 'warn')}`
        : off
          ? html`<p>Offline codes are off. You can turn them on in a browser, at <strong>${name(`${new URL(account.issuer).host}/account`, 60)}</strong>.</p>`
          : problem
            ? html`${notice('This phone has no codes yet, and the server did not answer.', 'bad')}
                <button type="button" class="button" @click=${() => void app.offline.look(account.id)}>Try again</button>`
            : html`<p class="quiet" role="status">Looking…</p>`
    }
  </div>`;
}
