import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import { wait } from '../http/words.ts';
import type { Throttle } from '../limits/throttle.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { HashPool } from '../password/hash-pool.ts';
import { checkedHash, type SetPasswordRules } from '../password/set-password.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Changes, Seen } from './changes.ts';

export interface PasswordPagesDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly check: PasswordCheck;
  readonly pool: HashPool;
  readonly throttle: Throttle;
  readonly passwordRules: SetPasswordRules;
  readonly seen: (ctx: Context) => Seen;
}

/** New passwords one account may have hashed: the queue is everybody's. */
const TRIES = { name: 'account-password', max: 20, windowMs: 10 * MINUTE };

type Problem = NonNullable<PageModels['account-password']['problem']>;

/**
 * A new password: the one there is, under the throttles of every password, and then a device's approval of this change
 * (R24). Until that the new one's hash waits in the change's record and lets nobody in.
 */
export function createPasswordPages(deps: PasswordPagesDependencies) {
  const { guard, changes, audit } = deps;

  function show(ctx: Context, who: SignedIn, problem?: Problem, status = 200): void {
    const model: PageModels['account-password'] = {
      account: who.account.userName,
      form: guard.form(who, '/password'),
      minLength: deps.passwordRules.minLength,
      ...(problem ? { problem } : {}),
      back: ACCOUNT_PATH,
    };
    showPage(ctx, deps.render, 'account-password', model, status);
  }

  function tooOften(ctx: Context, who: SignedIn, retryAfterS: number): void {
    ctx.set('retry-after', String(retryAfterS));
    const text = `That was a lot in a short time. Please try again in ${wait(retryAfterS)}.`;
    show(ctx, who, { field: 'current', text }, 429);
  }

  async function submit(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const { account, browser } = who;
    const { address } = requestInfo(ctx.req);
    const [current = '', wanted = '', again = ''] = ['current', 'password', 'password_again'].map((name) =>
      form.get(name),
    );
    if (wanted !== again)
      return show(ctx, who, { field: 'new', text: 'The two new passwords are not the same.' }, 400);

    const proof = { name: account.userName, password: current, address, browserHash: browser };
    const result = await deps.check.check(proof);
    const attempt = { account: account.sub, chain: 'account', client: 'account', address };
    if (!result.ok || result.account.sub !== account.sub) {
      const { known } = result;
      if (!result.ok && result.reason === 'wait') {
        const { retryAfterS } = result;
        audit.record({ type: 'password.throttled', ...attempt, retryAfterS });
        return tooOften(ctx, who, retryAfterS);
      }
      audit.record({ type: 'password.rejected', ...attempt, known });
      return show(ctx, who, { field: 'current', text: 'That is not your password now.' }, 401);
    }
    audit.record({ type: 'password.accepted', ...attempt, known: result.known });

    const taken = await deps.throttle.take(TRIES, account.sub);
    if (!taken.allowed) return tooOften(ctx, who, Math.ceil(taken.retryAfterMs / 1000));
    const hashed = await checkedHash({ rules: deps.passwordRules, pool: deps.pool }, account, wanted);
    if (!hashed.ok) {
      const text = hashed.problems.map((problem) => problem.text).join(' ');
      return show(ctx, who, { field: 'new', text }, 400);
    }
    const { passwordChangedAt: changedAt } = result.account;
    const change = await changes.begin(who, { kind: 'password', hash: hashed.hash, changedAt });
    await changes.ask(who, change, { act: change.act, words: { act: 'password' } }, deps.seen(ctx));
    seeOther(ctx, `${ACCOUNT_PATH}/changes/${change.id}`);
  }

  return { show: (ctx: Context, who: SignedIn) => show(ctx, who), submit };
}
