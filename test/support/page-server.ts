import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loadPageAssets } from '../../src/http/page-assets.ts';
import { createRenderer } from '../../src/http/render.ts';
import { organisation, samples } from './page-samples.ts';

export const VIEWS = join(import.meta.dirname, '../../views');

/** The policy of the real server, as far as pages feel it. */
export const PAGE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves every sample at `/<id>` under the strict policy, assets too; `?still` leaves out what makes a page leave. Other paths go to `other`, which by default holds
 * a long poll open and answers 404 to the rest.
 */
export async function startPageServer(
  other: (request: IncomingMessage, response: ServerResponse) => void = answerOther,
): Promise<PageServer> {
  const assets = loadPageAssets(VIEWS);
  const render = createRenderer({ viewsDir: VIEWS, cache: true, organisation, assets });
  const pages = new Map(samples.map(({ id, name, model }) => [`/${id}`, render(name, model as never)]));
  const server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://page.invalid');
    const asset = assets.find(path);
    const html = pages.get(path);
    if (asset !== undefined) response.writeHead(200, asset.headers).end(asset.body);
    else if (html !== undefined && request.method === 'GET') {
      response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': PAGE_CSP })
        .end(
          searchParams.has('still')
            ? html.replace(/<meta http-equiv="refresh"[^>]*>|<script[^>]*><\/script>/g, '')
            : html,
        );
    } else other(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerOther(request: IncomingMessage, response: ServerResponse): void {
  if (request.url?.includes('/wait')) return; // held, as the real one does
  response
    .writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' })
    .end('<!doctype html><title>Elsewhere</title>');
}
