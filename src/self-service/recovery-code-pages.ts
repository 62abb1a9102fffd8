import type { Context } from 'koa';
import type { Renderer } from '../http/render.ts';
import { seeOther, showPage } from '../http/show.ts';
import { moment } from '../http/words.ts';
import type { Throttle } from '../limits/throttle.ts';
import type { CodesLeft } from '../recovery/code-records.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Changes, Seen } from './changes.ts';
import { tooOften } from './too-often-pages.ts';

export interface RecoveryCodePagesDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly changes: Changes;
  readonly throttle: Throttle;
  readonly codesLeft: (account: string) => Promise<CodesLeft | undefined>;
  readonly seen: (ctx: Context) => Seen;
}

/** Sets of codes one account may ask for: each is a record and a challenge that are kept for half an hour. */
const SETS = { name: 'account-recovery-codes', max: 20, windowMs: 10 * MINUTE };

/** How many codes are left, and new ones, by a device's approval of just that (R24). */
export function createRecoveryCodePages(deps: RecoveryCodePagesDependencies) {
  const { guard, render, changes } = deps;

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    const codes = await deps.codesLeft(who.account.sub);
    showPage(ctx, render, 'recovery-codes', {
      ...(codes ? { codes: { left: codes.left, of: codes.of, made: moment(codes.madeAt) } } : {}),
      make: guard.form(who, '/recovery-codes'),
      back: ACCOUNT_PATH,
    });
  }

  async function make(ctx: Context, who: SignedIn): Promise<void> {
    const taken = await deps.throttle.take(SETS, who.account.sub);
    if (!taken.allowed) return tooOften(ctx, render, taken.retryAfterMs);
    const change = await changes.begin(who, { kind: 'recovery-codes' });
    await changes.ask(who, change, { act: change.act, words: { act: 'recovery-codes' } }, deps.seen(ctx));
    seeOther(ctx, `${ACCOUNT_PATH}/changes/${change.id}`);
  }

  return { show, make };
}
