import * as z from 'zod/mini';
import './style/app.css';
import { createApp, type Opening } from './engine/app.ts';
import { deviceName } from './engine/device-name.ts';
import type { Environment } from './engine/parts.ts';
import { drawApp } from './screens/draw.ts';

// zod would try whether it may make functions out of text; the page's policy says no, and the console would show it.
z.config({ jitless: true });

/** What the address asks for; the secret of a link is out of the address bar before anything else happens. */
function takeOpening(): Opening {
  const { href, hash, pathname } = location;
  const parameters = new URLSearchParams(hash.slice(1));
  const request = parameters.get('request') ?? undefined;
  if (hash !== '' || pathname !== '/authenticator/') history.replaceState(null, '', '/authenticator/');
  if (parameters.has('secret')) return { link: href };
  return { request };
}

const opening = takeOpening();

const meta = (name: string) =>
  document.querySelector<HTMLMetaElement>(`meta[name="countersign-${name}"]`)?.content ?? '';

interface HintedNavigator {
  readonly userAgentData?: { getHighEntropyValues(hints: string[]): Promise<{ model?: string }> };
  readonly standalone?: boolean;
}

async function environmentOf(): Promise<Environment> {
  const { userAgent, maxTouchPoints } = navigator;
  const hinted = navigator as HintedNavigator;
  const hints = await hinted.userAgentData?.getHighEntropyValues(['model']).catch(() => undefined);
  return {
    issuer: meta('issuer'),
    organisation: meta('organisation'),
    standalone: hinted.standalone === true || matchMedia('(display-mode: standalone)').matches,
    // An iPad says it is a Mac; no Mac has a touch screen.
    ios: /\b(iPhone|iPad|iPod)\b/.test(userAgent) || (/\bMacintosh\b/.test(userAgent) && maxTouchPoints > 1),
    deviceName: deviceName({ userAgent, model: hints?.model }),
  };
}

const app = createApp(await environmentOf());
const root = document.querySelector<HTMLElement>('#app');
if (root) drawApp(app, root, Date.now);
// Tapped a notification while this window is open: the worker says which request.
navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<{ open?: string }>) => {
  if (typeof data?.open === 'string') app.answer.open(data.open);
});
// A notification may be tapped into a window that is here already, by its address too.
window.addEventListener('hashchange', () => {
  const { request } = takeOpening();
  if (request !== undefined) app.answer.open(request);
});
await app.start(opening);
