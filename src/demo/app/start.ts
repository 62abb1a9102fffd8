import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadAssets } from '../../http/assets.ts';
import { createDemoApp } from './app-routes.ts';
import { createRelyingParty } from './relying-party.ts';
import { createAppRenderer } from './render.ts';
import { createAppSessions } from './sessions.ts';

export interface DemoAppOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Space-separated. */
  readonly scope: string;
  /** e.g. `http://localhost:3001`; its port is where the app listens, on the loopback only. */
  readonly origin: string;
  readonly logger: Logger;
  /** Where `/phone` leads: the authenticator, ready to add itself. */
  readonly phoneLink?: () => Promise<string>;
  readonly now?: () => number;
}

export interface RunningApp {
  readonly origin: string;
  close(): Promise<void>;
}

/** The addresses the client has to be registered with. */
export const appAddresses = (origin: string) => ({
  redirectUri: `${origin}/callback`,
  postLogoutRedirectUri: `${origin}/`,
});

const VIEWS = join(import.meta.dirname, '..', '..', '..', 'views');

/** Starts the demo web app. @throws the error of `listen` when the port is taken */
export async function startDemoApp(options: DemoAppOptions): Promise<RunningApp> {
  const { issuer, clientId, clientSecret, scope, origin, logger, now = Date.now } = options;
  const assets = loadAssets(join(VIEWS, 'assets'));
  const own = loadAssets(join(VIEWS, 'demo'), '/demo/');
  const app = createDemoApp({
    origin,
    issuer,
    relyingParty: createRelyingParty({ issuer, clientId, clientSecret, scope, ...appAddresses(origin) }),
    sessions: createAppSessions(),
    render: createAppRenderer(VIEWS, assets, own),
    assets: [assets, own],
    logger,
    ...(options.phoneLink ? { phoneLink: options.phoneLink } : {}),
    now,
  });
  const server = createServer(app.callback());
  await listen(server, Number(new URL(origin).port));
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
