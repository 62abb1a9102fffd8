import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../accounts/account.ts';
import { enrolPage } from '../composition/authenticator.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import { linkSecret } from '../devices/enrolment-tickets.ts';
import { enrolmentLink } from '../protocol/enrolment-link.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { Services } from '../services.ts';
import type { TerminalUi } from '../terminal-device/terminal-ui.ts';
import { plain } from '../terminal-device/words.ts';

const LOOK_MS = 300;
/** An enrolment lives ten minutes; nobody looks for a window longer. */
const LIFE_MS = 10 * 60_000;

/** Makes browser windows the demo user's phones; the terminal stands for the page that shows the link and confirms. */
export interface DemoPhones {
  /** A new link to the authenticator, for one window. */
  newLink(): Promise<string>;
  /** Asks about each window that used its link, until `signal` aborts. */
  confirmIn(ui: TerminalUi, signal: AbortSignal): Promise<void>;
}

export function createDemoPhones(services: Services, account: Account): DemoPhones {
  const { issuer } = services.config;
  const opened: { readonly id: string; readonly until: number }[] = [];

  async function ask(ui: TerminalUi, enrolment: Enrolment, signal: AbortSignal): Promise<void> {
    const { device, id } = enrolment;
    if (!device) return;
    ui.show(
      `\n── A browser window wants to be ${account.userName}’s phone ──\n` +
        `  Name         ${plain(device.name)}\n  Fingerprint  ${fingerprint(device.thumbprint)}`,
    );
    const answer = await ui.ask('Does that window show the same? y or n: ', signal);
    if (answer === undefined) return;
    const yes = /^\s*y(es)?\s*$/i.test(answer);
    if (yes) await services.enrolments.confirm(account.sub, id, device.thumbprint);
    else await services.enrolments.cancel(account.sub, id);
    ui.show(
      yes
        ? 'Confirmed. Requests come to that window and to this terminal.'
        : 'Refused. It is no phone of hers.',
    );
  }

  return {
    async newLink() {
      const { sub, userName } = account;
      const enrolment = await services.enrolments.open({ account: sub, userName, approval: 'none' });
      opened.push({ id: enrolment.id, until: Date.now() + LIFE_MS });
      return enrolmentLink(enrolPage(services.config), { issuer, secret: linkSecret(enrolment) });
    },
    async confirmIn(ui, signal) {
      while (!signal.aborted) {
        for (const one of [...opened]) {
          const enrolment = await services.enrolments.find(account.sub, one.id);
          if (!enrolment?.device && Date.now() < one.until) continue;
          opened.splice(opened.indexOf(one), 1);
          if (enrolment) await ask(ui, enrolment, signal);
        }
        await delay(LOOK_MS, undefined, { signal }).catch(() => {});
      }
    },
  };
}

/** A terminal has one line to type in: a question waits until the one before it was answered. */
export function oneQuestionAtATime<T extends TerminalUi>(ui: T): T {
  let before: Promise<unknown> = Promise.resolve();
  return {
    ...ui,
    ask(question, signal) {
      const mine = before.then(() => (signal.aborted ? undefined : ui.ask(question, signal)));
      before = mine.catch(() => {});
      return mine;
    },
  };
}
