import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an app got at its callback. */
export interface Arrival {
  readonly method: string;
  readonly code: string | undefined;
  readonly error: string | undefined;
}

/**
 * A small real app. Its callback (on `127.0.0.1`) sends the browser on to a page on a third origin
 * (`app.localhost`), as real apps do: Chromium holds `form-action` against every later redirect.
 */
export interface AppServer {
  readonly callback: string;
  /** Where a sign-in ends, whatever it brought. */
  readonly welcome: string;
  /** A page of the app with a frame; `url` is what it shows. */
  framing(url: string): string;
  /** What arrived under this `state`, oldest first. */
  arrivals(state: string): readonly Arrival[];
  close(): Promise<void>;
}

export async function startAppServer(): Promise<AppServer> {
  const arrived = new Map<string, Arrival[]>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/cb') {
      const posted = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '');
      const read = (name: string) => posted.get(name) ?? url.searchParams.get(name) ?? undefined;
      const state = read('state') ?? '';
      const arrival = { method: request.method ?? '', code: read('code'), error: read('error') };
      arrived.set(state, [...(arrived.get(state) ?? []), arrival]);
      response.writeHead(303, { location: welcome }).end();
    } else if (url.pathname === '/favicon.ico') {
      response.writeHead(204).end();
    } else {
      const shown = url.pathname === '/framing' ? url.searchParams.get('url') : null;
      const frame = shown === null ? '' : `<iframe src="${shown.replaceAll('&', '&amp;')}"></iframe>`;
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
        .end(`<!doctype html><html lang="en"><title>The app</title><h1 id="app">The app</h1>${frame}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const welcome = `http://app.localhost:${port}/welcome`;

  return {
    callback: `http://127.0.0.1:${port}/cb`,
    welcome,
    framing: (url) => `http://app.localhost:${port}/framing?${new URLSearchParams({ url })}`,
    arrivals: (state) => arrived.get(state) ?? [],
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
