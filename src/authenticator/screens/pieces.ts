import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { initial, plainText } from './plain-text.ts';
import { clock } from './time-words.ts';

/** Text from elsewhere: never markup, isolated against direction tricks, whole on hover when it was cut. */
export function name(text: string, max = 40): TemplateResult {
  const shown = plainText(text, max);
  const whole = plainText(text, 512);
  return shown === whole ? html`<bdi>${shown}</bdi>` : html`<bdi title=${whole}>${shown}</bdi>`;
}

export function tile(appName: string): TemplateResult {
  return html`<span class="tile" aria-hidden="true">${initial(appName)}</span>`;
}

const SEALS = {
  tick: 'M30 47.5l11 11 21-24',
  cross: 'M33 33l26 26m0-26l-26 26',
  clock: 'M46 27v20l13 8',
  mark: 'M46 29v21m0 13.500v.01',
};
export type Seal = keyof typeof SEALS;

export function seal(kind: Seal): TemplateResult {
  return html`<svg class="seal ${kind}" viewBox="0 0 92 92" aria-hidden="true" focusable="false">
    <circle cx="46" cy="46" r="44"></circle>
    <path d=${SEALS[kind]}></path>
  </svg>`;
}

/** The ring of the browser's page, small: it empties as the time goes. */
export function timeRing(leftMs: number, lifeMs: number): TemplateResult {
  const left = Math.min(1, Math.max(0, leftMs / lifeMs));
  return html`<div class="time-ring ${leftMs < 20_000 ? 'short-time' : ''}">
    <svg viewBox="0 0 60 60" aria-hidden="true" focusable="false">
      ${svg`<circle class="track" cx="30" cy="30" r="27"></circle>
      <circle class="left" cx="30" cy="30" r="27" pathLength="100" stroke-dasharray="100 100"
        stroke-dashoffset=${(100 * (1 - left)).toFixed(2)}></circle>`}
    </svg>
    <span aria-hidden="true">${clock(leftMs)}</span>
  </div>`;
}

/** The mark of the app, for screens without a request. */
export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <circle cx="16" cy="16" r="13" stroke-dasharray="62 20" transform="rotate(-90 16 16)"></circle>
    <path d="M16 16h0"></path>
  </svg>`;
}

export function fact(term: string, value: unknown): TemplateResult {
  return html`<dt>${term}</dt><dd>${value}</dd>`;
}

export function notice(words: unknown, kind: 'warn' | 'bad' = 'warn'): TemplateResult {
  return html`<div class="notice ${kind === 'bad' ? 'bad' : ''}">${words}</div>`;
}

export function back(label: string, onClick: () => void): TemplateResult {
  return html`<button type="button" class="back" @click=${onClick}>
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M15 5l-7 7 7 7"></path></svg>${label}
  </button>`;
}

export { nothing };
