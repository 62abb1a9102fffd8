import { html, nothing, type TemplateResult } from 'lit-html';
import type { SignedContext } from '../../protocol/context.ts';
import type { App } from '../engine/app.ts';
import type { Answering, AnswerProblem } from '../engine/state.ts';
import { numberField } from './number-field.ts';
import { fact, name, notice, tile, timeRing } from './pieces.ts';
import { placeMap } from './place-map.ts';
import { ago, leftInWords } from './time-words.ts';
import { requestWords } from './words.ts';

/** One request: who, what, where, when; the number; and the three answers. */
export function requestScreen(app: App, answering: Answering, more: number, now: number): TemplateResult {
  const { request, typed, scanned, sending, problem } = answering;
  const { challenge } = request;
  const { context } = challenge;
  const words = requestWords(context);
  const complete = scanned !== undefined || typed.length === challenge.digits;
  const special = context.purpose !== 'sign-in';
  const submit = (event: Event) => {
    event.preventDefault();
    void app.answer.approve();
  };
  return html`<form class="screen request ${special ? 'special' : ''}" novalidate @submit=${submit}>
    <div class="scroll">
      <div class="top">
        ${
          more > 0
            ? html`<button type="button" class="back" @click=${() => app.answer.leave()}>
                ${more === 1 ? '1 more request' : `${more} more requests`}
              </button>`
            : html`<span class="quiet small">${name(context.account, 36)}</span>`
        }
        <div>
          ${timeRing(request.endsAt - now, request.life)}
          <span class="unseen">${leftInWords(request.endsAt - now)}</span>
        </div>
      </div>
      <header class="head">
        ${tile(context.app.name)}
        <div class="head-words">
          <h1 id="heading" tabindex="-1">${words.heading}</h1>
          <p>${words.before} <strong>${name(context.app.name)}</strong> ${words.after}</p>
          <p>${name(context.app.host, 48)}</p>
        </div>
      </header>
      ${words.warning ? html`<p class="notice warned" id="warning">${words.warning}</p>` : nothing}
      ${more > 0 ? notice(besideWords(more)) : nothing}
      ${changeFacts(context)} ${unusualFacts(context)} ${placeMap(context.place)}
      <dl class="facts">
        ${more > 0 ? fact('Account', name(context.account)) : nothing}
        ${fact('Place', context.place === null ? 'Not known' : name(context.place))}
        ${fact('Browser', html`${name(context.browser)} on ${name(context.system)}`)}
        ${fact('Address', html`<span class="address">${name(context.address, 45)}</span>`)}
        ${context.network === undefined ? nothing : fact('Network', name(context.network))}
        ${fact('When', whenOf(context, request.endsAt, challenge.exp, now))}
      </dl>
      ${
        words.unknown
          ? nothing
          : scanned !== undefined
            ? scannedNote(problem)
            : numberField({
                digits: challenge.digits,
                typed,
                disabled: sending !== undefined,
                problem: problem && problemWords(problem),
                label:
                  context.purpose === 'device-code'
                    ? 'Type the number shown where you typed the code'
                    : 'Type the number shown in that browser',
                onType: (text) => app.answer.type(text),
                onScan: () => app.answer.scan(true),
              })
      }
      ${words.unknown && problem ? notice(problemWords(problem), 'bad') : nothing}
    </div>
    <div class="answers">
      <div class="pair two">
        <button
          type="button"
          class="button deny"
          ?disabled=${sending !== undefined}
          @click=${() => void app.answer.deny()}
        >
          ${sending === 'deny' ? 'Denying…' : 'Deny'}
        </button>
        ${
          words.unknown
            ? nothing
            : html`<button
                type="submit"
                class="button approve"
                ?disabled=${!complete || sending !== undefined}
              >
                ${sending === 'approve' ? 'Sending…' : words.approve}
              </button>`
        }
      </div>
      <button
        type="button"
        class="link deny-link"
        ?disabled=${sending !== undefined}
        @click=${() => void app.answer.report()}
      >
        ${sending === 'report' ? 'Reporting…' : 'This wasn’t me'}
      </button>
    </div>
  </form>`;
}

/** Two at once are seldom one person; each has a number of its own, and an answer to one is none to the other. */
function besideWords(more: number): string {
  const others = more === 1 ? 'Another request waits' : `${more} more requests wait`;
  return `${others} beside this one. Make sure that this is yours: each has a number of its own.`;
}

/** The server's clock is turned into this device's, as with the end of the request. */
function whenOf({ at }: SignedContext, endsAt: number, exp: number, now: number): TemplateResult {
  const asked = endsAt - (exp - at) * 1000;
  const exact = new Date(at * 1000);
  return html`<time datetime=${exact.toISOString()} title=${exact.toLocaleString()}>${ago(now - asked)}</time>`;
}

function changeFacts({ change }: SignedContext): TemplateResult | typeof nothing {
  if (!change || (change.name === undefined && change.fingerprint === undefined)) return nothing;
  return html`<section class="change" aria-label="What will change">
    ${change.name === undefined ? nothing : html`<p class="change-name">${name(change.name)}</p>`}
    ${
      change.fingerprint === undefined
        ? nothing
        : html`<p class="quiet small">Fingerprint</p>
            <p class="fingerprint">${name(change.fingerprint, 40)}</p>`
    }
  </section>`;
}

/** The server's own words; signed with the rest. */
function unusualFacts({ unusual }: SignedContext): TemplateResult | typeof nothing {
  if (!unusual) return nothing;
  return html`<ul class="unusual" aria-label="What is unusual">
    ${unusual.map((sentence) => html`<li>${name(sentence, 200)}</li>`)}
  </ul>`;
}

function scannedNote(problem: AnswerProblem | undefined): TemplateResult {
  return html`<div class="number-field">
    <p class="scanned" role="status">The code was read.</p>
    <p class="problem" role="alert">${problem ? problemWords(problem) : nothing}</p>
  </div>`;
}

function problemWords(problem: AnswerProblem): string {
  switch (problem.kind) {
    case 'wrong-number': {
      const { triesLeft } = problem;
      const left =
        triesLeft === undefined ? '' : triesLeft === 1 ? ' 1 try left.' : ` ${triesLeft} tries left.`;
      return `That is not the number.${left}`;
    }
    case 'unreachable':
      return 'Your answer did not reach the server. Check the connection, and try again.';
    case 'busy':
      return `Too many tries. Try again in ${problem.seconds} ${problem.seconds === 1 ? 'second' : 'seconds'}.`;
    case 'not-verified':
      return 'The phone could not tell that it is you. Try again. If it goes on, remove this phone and add it anew.';
    case 'not-this-code':
      return 'That code belongs to another request. Scan the one in the browser that shows this request.';
    case 'no-camera':
      return 'There is no camera this app may use. Type the number instead.';
  }
}
