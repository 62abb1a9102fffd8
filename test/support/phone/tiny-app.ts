import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Arrivals } from './arrivals.ts';

/** A page and a service worker with as little in them as proves what surrounds them. */
const PAGE = `<!doctype html><html lang="en"><title>Tiny</title><h1>Tiny</h1><main><button>Ask</button></main>
<script src="/page.js"></script>`;

const SCRIPT = `
  window.subscribe = async (key) => {
    await navigator.serviceWorker.register('/worker.js');
    const { pushManager } = await navigator.serviceWorker.ready;
    const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    return JSON.stringify(subscription);
  };
  document.querySelector('button').onclick = () => {
    Notification.requestPermission().then((state) => { window.answered = state; });
  };`;

const WORKER = `
  const tell = (what, text) => fetch('/told', { method: 'POST', body: JSON.stringify({ what, text }) });
  addEventListener('push', (event) => {
    const text = event.data.text();
    event.waitUntil(tell('push', text).then(() =>
      registration.showNotification('Title', { body: text, tag: text, data: text })));
  });
  addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(clients.openWindow('/opened?' + event.notification.data)
      .then(() => tell('click', event.notification.data)));
  });
  addEventListener('pushsubscriptionchange', (event) => event.waitUntil(tell('change', '')));`;

export interface Told {
  readonly what: 'push' | 'click' | 'change';
  readonly text: string;
}

export interface TinyApp {
  readonly origin: string;
  /** What its service worker said. */
  readonly told: Arrivals<Told>;
  stop(): Promise<void>;
}

export async function startTinyApp(): Promise<TinyApp> {
  const told = new Arrivals<Told>('word of the worker');
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://tiny');
    const script = { '/page.js': SCRIPT, '/worker.js': WORKER }[pathname];
    if (pathname === '/told') {
      told.add(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      response.end();
    } else if (script) {
      response.setHeader('content-type', 'text/javascript').end(script);
    } else {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    told,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
