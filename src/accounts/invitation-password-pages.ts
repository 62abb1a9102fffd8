import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { readForm } from '../http/form-body.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther } from '../http/show.ts';
import { wait } from '../http/words.ts';
import type { Throttle } from '../limits/throttle.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { HashPool } from '../password/hash-pool.ts';
import type { SetPasswordRules } from '../password/set-password.ts';
import { browserHashFrom } from '../session/browser-cookie.ts';
import type { Accounts } from './accounts.ts';
import type { InvitationCodes } from './invitation-codes.ts';
import { newInvitationCookie } from './invitation-cookie.ts';
import { invitationPassword } from './invitation-password.ts';
import type { createInvitationViews } from './invitation-views-pages.ts';
import type { Invitations, OpenedInvitation } from './invitations.ts';

interface PasswordStepDependencies {
  readonly invitations: Invitations;
  readonly accounts: Accounts;
  readonly pool: HashPool;
  readonly check: PasswordCheck;
  readonly throttle: Throttle;
  readonly audit: Audit;
  /** Origin of the issuer. */
  readonly origin: string;
  readonly issuer: string;
  readonly passwordRules: SetPasswordRules;
  readonly views: ReturnType<typeof createInvitationViews>;
  readonly codes: InvitationCodes;
  /** The invitation as this request may go on with it; otherwise the page that says why not is shown. */
  readonly load: (ctx: Context) => Promise<OpenedInvitation | undefined>;
  readonly pathOf: (ctx: Context) => string;
}

const STATUS = { unfit: 400, wrong: 401, wait: 429 } as const;

/** The password step of an invitation: what was typed, what is written down of it, and the browser it is bound to. */
export function createPasswordStep(deps: PasswordStepDependencies) {
  const { invitations, audit, issuer, views, codes, pathOf } = deps;

  return async function password(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const opened = await deps.load(ctx);
    if (!opened) return;
    if (opened.state === 'spent') return seeOther(ctx, pathOf(ctx));
    const { account } = opened;
    const { id: requestId, address } = requestInfo(ctx.req);
    const typed = {
      password: form.get('password') ?? '',
      again: form.get('password_again') ?? '',
      address,
      browserHash: browserHashFrom(ctx.req, issuer) ?? '',
    };
    const step = await invitationPassword({ ...deps, rules: deps.passwordRules }, account, typed);
    const attempt = { account: account.sub, chain: 'invitation', client: 'invitation', address };
    if (!step.ok) {
      const { reason, retryAfterS = 0 } = step;
      if (reason === 'wrong')
        audit.record({ type: 'password.rejected', ...attempt, known: false }, { requestId });
      if (reason === 'wait') {
        audit.record({ type: 'password.throttled', ...attempt, retryAfterS }, { requestId });
        ctx.set('retry-after', String(retryAfterS));
      }
      const fresh = (await deps.accounts.get(account.sub)) ?? account;
      const problem =
        reason === 'wait'
          ? `That was a lot in a short time. Please try again in ${wait(retryAfterS)}.`
          : step.problem;
      return views.password(ctx, pathOf(ctx), fresh, problem, STATUS[reason]);
    }
    if (step.set)
      audit.record({ type: 'account.password_changed', account: account.sub, by: 'self' }, { requestId });
    else audit.record({ type: 'password.accepted', ...attempt, known: false }, { requestId });

    const cookie = newInvitationCookie(issuer);
    const enrolment = await codes.open(opened, requestId);
    const bound = await invitations.bind(opened.id, { browser: cookie.hash, enrolment: enrolment.id });
    await codes.drop(account.sub, bound ? opened.enrolment : enrolment.id);
    if (bound) ctx.append('set-cookie', cookie.header);
    seeOther(ctx, pathOf(ctx));
  };
}
