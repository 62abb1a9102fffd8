import { startDemoApp } from '../../../src/demo/app/start.ts';
import type { Tab } from '../browser-tab.ts';
import { freePort } from '../start-server.ts';

const SECRET = 'a-secret-that-is-long-enough-for-the-demo-app';
const SCOPE = 'openid profile email';

/** The demo's own web app, as another app of a test server. */
export async function prepareDemoApp() {
  const origin = `http://localhost:${await freePort()}`;
  return {
    origin,
    client: {
      clientId: 'demo-app',
      name: 'Demo app',
      secret: SECRET,
      redirectUris: [`${origin}/callback`],
      scopes: SCOPE.split(' '),
    },
    start: (issuer: string, logger: Parameters<typeof startDemoApp>[0]['logger']) =>
      startDemoApp({ issuer, origin, logger, clientId: 'demo-app', clientSecret: SECRET, scope: SCOPE }),
  };
}

/** The claims the app's page shows. */
export async function shownClaims(tab: Tab): Promise<Record<string, unknown>> {
  await tab.untilHeading('You are signed in');
  return JSON.parse((await tab.read<string>(`document.querySelector('#id-token').textContent`)) ?? '');
}
