import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import type { Outcome } from '../engine/state.ts';
import { name, seal } from './pieces.ts';
import { outcomeWords } from './words.ts';

/** One seal, one sentence, one next step. */
export function outcomeScreen(app: App, outcome: Outcome, waiting: number): TemplateResult {
  const context = outcome.request?.challenge.context;
  const words = outcomeWords(outcome.kind, context?.purpose);
  return html`<div class="screen outcome">
    <div class="said middle">
      ${seal(words.seal)}
      <h1 id="heading" tabindex="-1">${words.heading}</h1>
      ${context ? html`<p class="quiet">${name(context.app.name)}, as ${name(context.account)}</p>` : nothing}
      <p>${words.sentence}</p>
      ${words.advice ? html`<p class="quiet small">${words.advice}</p>` : nothing}
    </div>
    <div class="answers">
      <button type="button" class="button main" @click=${() => app.answer.closeOutcome()}>
        ${waiting === 0 ? 'Done' : waiting === 1 ? 'Next request' : `${waiting} more requests`}
      </button>
      ${
        words.secure && outcome.request
          ? html`<button type="button" class="button" @click=${() => app.care.askToSecure(outcome.request?.account ?? '')}>
              Secure my account
            </button>`
          : nothing
      }
      ${
        outcome.requestId
          ? html`<p class="quiet small">Request ${outcome.requestId} · show this to your help desk</p>`
          : nothing
      }
    </div>
  </div>`;
}
