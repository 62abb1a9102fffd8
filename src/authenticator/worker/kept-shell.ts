import { worker } from './scope.ts';

const SHELL = '/authenticator/';
/** The same page, as links lead to it. */
const ENROL = '/authenticator/enrol';
const PREFIX = 'shell-';
const cacheName = () => PREFIX + worker.BUILD.version;

/** Fetches every file of this version; when one is missing, the version is not installed. */
export async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName());
  await cache.addAll(
    worker.BUILD.kept.map((url) => new Request(url, { cache: 'reload', credentials: 'omit' })),
  );
}

/** Another version's files are of no use once this one runs. */
export async function tidyShells(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== cacheName());
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The app's own files, from what is kept; `undefined` leaves a request to the network. */
export function shellAnswer(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url);
  const ours = origin === worker.location.origin && pathname.startsWith(SHELL);
  if (!ours || request.method !== 'GET') return undefined;
  if (request.mode !== 'navigate') return keptOr(request, request);
  if (pathname !== SHELL && pathname !== ENROL) return undefined;
  return keptOr(new Request(SHELL), request).catch(() => offlinePage());
}

async function keptOr(kept: Request, asked: Request): Promise<Response> {
  const cache = await caches.open(cacheName());
  return (await cache.match(kept, { ignoreVary: true })) ?? fetch(asked);
}

/** Only when even the files are gone, as after a browser has cleared them. */
function offlinePage(): Response {
  const page =
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Offline</title>' +
    '<h1>This device is offline</h1><p>Load this page again once it is connected.</p></html>';
  return new Response(page, {
    status: 503,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    },
  });
}
