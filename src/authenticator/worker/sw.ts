import * as z from 'zod/mini';
import { mendSubscriptions } from '../engine/subscriptions.ts';
import { allAccounts } from '../storage/accounts.ts';
import { keepShell, shellAnswer, tidyShells } from './kept-shell.ts';
import { notificationOf, onPush } from './on-push.ts';
import { onTap } from './on-tap.ts';
import { worker } from './scope.ts';

// zod would try whether it may make functions out of text; this worker's policy says no.
z.config({ jitless: true });

/**
 * Wakes for a push while the app is closed, and keeps the app's files so that it opens without a network. A new version
 * waits: the one that runs goes on answering pushes until a window says that nothing is pending.
 */

worker.addEventListener('install', (event) => event.waitUntil(keepShell()));
worker.addEventListener('activate', (event) => event.waitUntil(tidyShells()));

worker.addEventListener('message', (event) => {
  if (event.data === 'skip') event.waitUntil(worker.skipWaiting());
});

worker.addEventListener('fetch', (event) => {
  const answer = shellAnswer(event.request);
  if (answer) event.respondWith(answer);
});

worker.addEventListener('push', (event) => event.waitUntil(onPush(event.data)));

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(onTap(notificationOf(event.notification.data)));
});

// Fires while data is cleared, too: without a key there is nobody to subscribe for.
worker.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(mendSubscriptions(worker.registration, allAccounts, Notification.permission));
});
