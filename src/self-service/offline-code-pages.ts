import type { Context } from 'koa';
import { notFoundPage } from '../http/error-words.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import type { Throttle } from '../limits/throttle.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Changes, Seen } from './changes.ts';

export interface OfflineCodePagesDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly changes: Changes;
  readonly throttle: Throttle;
  /** Absent where the configuration has none. */
  readonly offlineCodes: { generation(account: string): Promise<string | undefined> } | undefined;
  readonly seen: (ctx: Context) => Seen;
}

/** Changes one account may ask for: each is a record and a challenge that are kept for half an hour. */
const SWITCHES = { name: 'account-offline-code', max: 20, windowMs: 10 * MINUTE };

/** Codes without network, turned on and off by a device's approval of just that (R24). */
export function createOfflineCodePages(deps: OfflineCodePagesDependencies) {
  const { guard, render, changes, offlineCodes } = deps;

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    if (!offlineCodes) return none(ctx);
    showPage(ctx, render, 'account-offline-code', {
      on: (await offlineCodes.generation(who.account.sub)) !== undefined,
      change: guard.form(who, '/offline-code'),
      back: ACCOUNT_PATH,
    });
  }

  async function change(ctx: Context, who: SignedIn): Promise<void> {
    if (!offlineCodes) return none(ctx);
    const { sub } = who.account;
    const taken = await deps.throttle.take(SWITCHES, sub);
    if (!taken.allowed) {
      ctx.set('retry-after', String(Math.ceil(taken.retryAfterMs / 1000)));
      const text = 'To keep accounts safe, we slow down here. Please try again in a few minutes.';
      const steps = [{ label: 'Back to your account', href: ACCOUNT_PATH }];
      const { id: requestId } = requestInfo(ctx.req);
      const title = 'That was a lot in a short time';
      return showPage(ctx, render, 'account-said', { seal: 'clock', title, text, steps, requestId }, 429);
    }
    const generation = await offlineCodes.generation(sub);
    const act =
      generation === undefined
        ? ({ kind: 'offline-code-on' } as const)
        : ({ kind: 'offline-code-off', generation } as const);
    const begun = await changes.begin(who, act);
    await changes.ask(who, begun, { act, words: { act: act.kind } }, deps.seen(ctx));
    seeOther(ctx, `${ACCOUNT_PATH}/changes/${begun.id}`);
  }

  const none = (ctx: Context) => showPage(ctx, render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);

  return { show, change };
}
