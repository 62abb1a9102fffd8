import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther } from '../http/show.ts';
import { type Passkey, passkeyRef } from '../passkey/passkey.ts';
import { requestOptions } from '../passkey/request-options.ts';
import { type TakePasskeyDependencies, takePasskey } from '../passkey/take-passkey.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { SignedIn } from './account-session.ts';
import type { Approver, Change } from './change.ts';
import { pathOfChange } from './change-views-pages.ts';
import type { Changes } from './changes.ts';

export interface ApproveByPasskeyDependencies extends TakePasskeyDependencies {
  readonly changes: Changes;
  readonly audit: Audit;
  /** Does what was approved, and shows it. */
  readonly apply: (ctx: Context, who: SignedIn, change: Change, by: Approver) => Promise<void>;
}

/** Passkeys that may approve a change: any of the account but the one it is about. */
export function approvingPasskeys(all: readonly Passkey[], { act }: Change): readonly Passkey[] {
  const about = act.kind === 'remove-passkey' ? act.passkey : undefined;
  return all.filter(({ id }) => id !== about);
}

/**
 * A passkey's word for a change of factors, in place of a device's (R24): an assertion of a verified person, by a challenge
 * of this change alone. The one that signed in is no use here, however fresh.
 */
export function createApproveByPasskeyPages(deps: ApproveByPasskeyDependencies) {
  const { changes, passkeys } = deps;

  async function asked(ctx: Context, who: SignedIn): Promise<Change | undefined> {
    const { change: id } = ctx['params'] as { change: string };
    const change = await changes.find(who, id);
    return change?.state === 'asked' ? change : undefined;
  }

  async function options(ctx: Context, who: SignedIn): Promise<void> {
    const change = await asked(ctx, who);
    ctx.set('cache-control', 'no-store');
    if (!change) {
      ctx.status = 409;
      ctx.body = { error: 'other_step' };
      return;
    }
    const [challenge, all] = await Promise.all([
      deps.challenges.issue({ chain: change.id, browser: who.browser, use: 'approve-change' }),
      passkeys.list(change.account),
    ]);
    ctx.body = requestOptions({
      challenge,
      rpId: deps.party.id,
      passkeys: approvingPasskeys(all, change),
      known: true,
      requireUser: true,
    });
  }

  async function submit(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const { change: id } = ctx['params'] as { change: string };
    const change = await asked(ctx, who);
    if (!change) return seeOther(ctx, `${ACCOUNT_PATH}/changes/${encodeURIComponent(id)}`);
    const taken = await takePasskey(deps, {
      scope: { chain: change.id, browser: who.browser, use: 'approve-change' },
      credential: form.get('credential') ?? '',
      account: change.account,
      requireUser: true,
    });
    const { id: requestId, address } = requestInfo(ctx.req);
    const attempt = { chain: change.id, client: 'account', address, account: change.account };
    const may = taken.ok && approvingPasskeys([taken.passkey], change).length > 0;
    if (!taken.ok || !may) {
      const reason = taken.ok ? 'account' : taken.reason;
      deps.audit.record({ type: 'passkey.refused', ...attempt, reason }, { requestId });
      return seeOther(ctx, `${ACCOUNT_PATH}${pathOfChange(change)}`);
    }
    const passkey = passkeyRef(taken.passkey.id);
    deps.audit.record({ type: 'passkey.accepted', ...attempt, passkey, userVerified: true }, { requestId });
    if (!(await changes.takePasskey(change, passkey)))
      return seeOther(ctx, `${ACCOUNT_PATH}${pathOfChange(change)}`);
    await deps.apply(ctx, who, change, { kind: 'passkey', id: passkey });
  }

  return { options, submit };
}
