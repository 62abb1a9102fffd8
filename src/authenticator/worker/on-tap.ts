import { clientOf } from '../engine/clients.ts';
import { allAccounts, enrolled } from '../storage/accounts.ts';
import { worker } from './scope.ts';

const HOME = '/authenticator/';

/** Opens the request in a window of the app that is there already, or in a new one, and says so to the server. */
export async function onTap(request: string | undefined): Promise<void> {
  const opened = request === undefined ? undefined : sayOpened(request);
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const ours = windows.find(({ url }) => new URL(url).pathname.startsWith(HOME));
  if (ours) {
    ours.postMessage({ open: request });
    await ours.focus().catch(() => {});
  } else {
    await worker.clients.openWindow(
      request === undefined ? HOME : `${HOME}#${new URLSearchParams({ request })}`,
    );
  }
  await opened;
}

async function sayOpened(request: string): Promise<void> {
  for (const account of enrolled(await allAccounts())) {
    const told = await clientOf(account)
      .receipt(request, 'opened')
      .then(
        () => true,
        () => false,
      );
    if (told) return;
  }
}
