import type { Notice } from '../push/notices.ts';
import type { Services } from '../services.ts';
import { note } from './output.ts';

/**
 * Tells a person of an admin's act, as the server would: on every device, and by mail. What is needed for that is loaded
 * only here. It waits until the messages are on their way, some seconds at most; what fails is said and ends nothing.
 */
export async function tellFromHere(services: Services, sub: string, notice: Notice): Promise<void> {
  const { store, accounts, devices } = services;
  const [{ composePush }, { composeMail }, { loadVapidKeys }, { createTeller }, { keepNotice }] =
    await Promise.all([
      import('../composition/push.ts'),
      import('../composition/mail.ts'),
      import('../push/vapid.ts'),
      import('../push/notices.ts'),
      import('../push/notice-log.ts'),
    ]);
  const push = composePush(services, await loadVapidKeys(store), async () => {});
  const mail = composeMail(services);
  const teller = createTeller({
    accounts,
    devices,
    notifier: push.notifier,
    byMail: mail.tell,
    keep: (account, payload, except) => keepNotice(store, account, payload, except),
    onFailed: (error) => note(`countersign: not everybody could be told: ${(error as Error).message}`),
  });
  teller.tell(sub, notice, []);
  await teller.idle();
  await Promise.all([push.close(), mail.close()]);
}
