import { html, render, type TemplateResult } from 'lit-html';
import type { App } from '../engine/app.ts';
import { accountScreen } from './account-screen.ts';
import { activityScreen, secureScreen } from './care-screens.ts';
import { confirmScreen, enrolScreen } from './enrol-screens.ts';
import { homeScreen } from './home-screen.ts';
import { offlineScreen } from './offline-screen.ts';
import { loadingScreen, removedScreen, welcomeScreen } from './other-screens.ts';
import { outcomeScreen } from './outcome-screen.ts';
import { requestScreen } from './request-screen.ts';
import { scanScreen } from './scan-screen.ts';
import { type Screen, screenKey, screenOf } from './which.ts';

/** Draws the screen of now into `root` whenever something changed, and every second while a clock is shown. */
export function drawApp(app: App, root: HTMLElement, now: () => number): void {
  let shown = '';
  let asked = false;

  function draw(): void {
    asked = false;
    const screen = screenOf(app.state.now, app.environment);
    render(
      html`<main>${templateOf(app, screen, now())}</main>
        <p class="unseen" role="status">${announced(screen)}</p>`,
      root,
    );
    const key = screenKey(screen);
    if (key === shown) return;
    const first = shown === '' || shown === 'loading';
    shown = key;
    const heading = root.querySelector<HTMLElement>('#heading');
    document.title = `${heading?.textContent?.trim() ?? 'Authenticator'} · ${app.environment.organisation}`;
    window.scrollTo(0, 0);
    // Another screen is another page: its heading is read out, and the keyboard goes on from there.
    if (!first || screen.name === 'request') heading?.focus({ preventScroll: true });
  }

  const soon = () => {
    if (asked) return;
    asked = true;
    queueMicrotask(draw);
  };
  app.state.onChange(soon);
  setInterval(() => {
    if (app.state.now.requests.length > 0 || app.state.now.answering) draw();
  }, 1000);
  draw();
}

/** What a screen reader is told while the screen stays; another screen says itself by its heading. */
function announced(screen: Screen): string {
  if (screen.name !== 'request' || screen.more === 0) return '';
  return screen.more === 1 ? 'Another request is waiting.' : `${screen.more} more requests are waiting.`;
}

function templateOf(app: App, screen: Screen, now: number): TemplateResult {
  const state = app.state.now;
  switch (screen.name) {
    case 'loading':
      return loadingScreen();
    case 'request':
      return requestScreen(app, screen.answering, screen.more, now);
    case 'scan-request':
      return scanScreen({
        heading: 'Scan the code in the browser',
        onText: (text) => app.answer.scanned(text),
        onBack: () => app.answer.scan(false),
        onNoCamera: () => app.answer.noCamera(),
      });
    case 'scan-link':
      return scanScreen({
        heading: 'Scan the code for this phone',
        onText: (text) => app.enrol.useLink(text),
        onBack: () => app.enrol.scan(false),
        onNoCamera: () => app.enrol.noCamera(),
      });
    case 'outcome':
      return outcomeScreen(app, screen.outcome, state.requests.length);
    case 'removed':
      return removedScreen(app, screen.account);
    case 'enrol':
      return enrolScreen(app, screen.enrolling, state);
    case 'confirm':
      return confirmScreen(app, screen.account, state);
    case 'welcome':
      return welcomeScreen(app, screen.why);
    case 'account':
      return accountScreen(app, screen.account, state);
    case 'activity':
      return activityScreen(app, screen.account, screen.where);
    case 'offline-code':
      return offlineScreen(app, screen.account, screen.where);
    case 'secure':
      return secureScreen(app, screen.account, screen.where);
    case 'home':
      return homeScreen(app, state, now);
  }
}
