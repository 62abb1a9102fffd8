import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { notFoundPage } from '../http/error-words.ts';
import type { OwnPageModels } from '../http/models/own-pages.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import type { Throttle } from '../limits/throttle.ts';
import { creationOptions, type MakePasskeyDependencies, makePasskey } from '../passkey/make-passkey.ts';
import { passkeyFingerprint } from '../passkey/passkey.ts';
import { NewPasskeyInvalid } from '../passkey/verify-new-passkey.ts';
import { deviceNameSchema } from '../protocol/enrolment.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Change } from './change.ts';
import { pathOfChange } from './change-views-pages.ts';
import type { Changes, Seen } from './changes.ts';
import { passkeyName } from './passkey-name.ts';
import { tooOften } from './too-often-pages.ts';

export interface NewPasskeyDependencies extends MakePasskeyDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly throttle: Throttle;
  readonly seen: (ctx: Context) => Seen;
}

/** Passkeys one account may begin: each is a record and a challenge that are kept for half an hour. */
const NEW_PASSKEYS = { name: 'account-passkey', max: 20, windowMs: 10 * MINUTE };

type Problem = OwnPageModels['account-new-passkey']['problem'];

const urlOf = (change: Change) => ACCOUNT_PATH + pathOfChange(change);

/**
 * A new passkey, step by step: the browser makes it, this server looks at it, an old device (or another passkey) approves
 * just that one, by its name and fingerprint (R24). Before that it signs nobody in.
 */
export function createNewPasskeyPages(deps: NewPasskeyDependencies) {
  const { guard, changes } = deps;

  async function begin(ctx: Context, who: SignedIn): Promise<void> {
    const taken = await deps.throttle.take(NEW_PASSKEYS, who.account.sub);
    if (!taken.allowed) return tooOften(ctx, deps.render, taken.retryAfterMs);
    seeOther(ctx, urlOf(await changes.begin(who, { kind: 'add-passkey' })));
  }

  function show(ctx: Context, who: SignedIn, change: Change, problem?: Problem): void {
    const path = pathOfChange(change);
    showPage(
      ctx,
      deps.render,
      'account-new-passkey',
      {
        account: who.account.userName,
        options: `${ACCOUNT_PATH}${path}/register/options`,
        form: guard.form(who, `${path}/register`),
        name: passkeyName(deps.seen(ctx)),
        ...(problem ? { problem } : {}),
        cancel: guard.form(who, `${path}/cancel`),
      },
      problem ? 400 : 200,
    );
  }

  /** The change that waits for its passkey, if this session began it. */
  async function open(who: SignedIn, ctx: Context): Promise<Change | undefined> {
    const { change: id } = ctx['params'] as { change: string };
    const change = await changes.find(who, id);
    return change?.act.kind === 'add-passkey' && change.state === 'open' ? change : undefined;
  }

  async function options(ctx: Context, who: SignedIn): Promise<void> {
    const change = await open(who, ctx);
    ctx.set('cache-control', 'no-store');
    if (!change) {
      ctx.status = 409;
      ctx.body = { error: 'other_step' };
      return;
    }
    ctx.body = await creationOptions(deps, who.account, { chain: change.id, browser: who.browser });
  }

  async function register(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const { change: id } = ctx['params'] as { change: string };
    const change = await changes.find(who, id);
    if (change?.act.kind !== 'add-passkey')
      return showPage(ctx, deps.render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);
    if (change.state !== 'open') return seeOther(ctx, urlOf(change));
    const name = deviceNameSchema.safeParse((form.get('name') ?? '').trim());
    if (!name.success) return show(ctx, who, change, 'name');
    try {
      const place = { chain: change.id, browser: who.browser };
      const text = form.get('credential') ?? '';
      const passkey = await makePasskey(deps, who.account.sub, place, { text, name: name.data });
      const words = { act: 'add-passkey', name: passkey.name, fingerprint: passkeyFingerprint(passkey) };
      await changes.ask(who, change, { act: { kind: 'add-passkey', passkey }, words }, deps.seen(ctx));
      seeOther(ctx, urlOf(change));
    } catch (error) {
      if (!(error instanceof NewPasskeyInvalid)) throw error;
      const { address, id: requestId } = requestInfo(ctx.req);
      const attempt = { chain: change.id, client: 'account', address, account: who.account.sub };
      deps.audit.record({ type: 'passkey.refused', ...attempt, reason: error.code }, { requestId });
      const policys = error.code === 'model' || error.code === 'attestation';
      show(ctx, who, change, policys ? 'not-allowed' : 'refused');
    }
  }

  return { begin, show, options, register };
}
