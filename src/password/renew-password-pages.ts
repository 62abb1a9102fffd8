import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { type Interaction, InteractionGone, type Interactions } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { wait } from '../http/words.ts';
import type { Throttle } from '../limits/throttle.ts';
import type { Tell } from '../push/notices.ts';
import type { KeptSession } from '../session/sign-out-everywhere.ts';
import { MINUTE } from '../store/keys.ts';
import type { HashPool } from './hash-pool.ts';
import { preparePassword } from './prepare.ts';
import { checkedHash, type SetPasswordRules } from './set-password.ts';

export interface RenewPasswordDependencies {
  readonly interactions: Interactions;
  readonly accounts: Pick<Accounts, 'get' | 'replacePassword'>;
  readonly pool: HashPool;
  readonly throttle: Throttle;
  readonly rules: SetPasswordRules;
  readonly render: Renderer;
  readonly audit: Audit;
  readonly tell: Tell;
  /** Browsers that were known with the old password are strangers' again, but for this one. */
  readonly knowOnly: (account: string, browser: string) => Promise<void>;
  /** Ends what the old password may have opened: everything but this session. */
  readonly keepOnly: (account: string, session: KeptSession) => Promise<unknown>;
  readonly origin: string;
}

/** Each try hashes twice: the queue is everybody's. */
const TRIES = { name: 'renew-password', max: 20, windowMs: 10 * MINUTE };
const THE_OLD_ONE = 'That is the password somebody else knows. Choose another one.';

/**
 * After a report, and once a device has had its word in a sign-in since: a new password, before the app gets anything.
 * Who comes here has just been approved by a device that showed what follows, or has used a passkey.
 */
export function createRenewPasswordPages(deps: RenewPasswordDependencies) {
  const { interactions, accounts, render, audit } = deps;

  async function owner(interaction: Interaction): Promise<Account> {
    const account = interaction.session && (await accounts.get(interaction.session.accountId));
    if (!account || account.disabled) throw new InteractionGone('nobody is signed in');
    return account;
  }

  function page(
    ctx: Context,
    interaction: Interaction,
    account: Account,
    problem?: string,
    status = 200,
  ): void {
    const base = `/interaction/${interaction.uid}`;
    const model = {
      app: interaction.app,
      account: account.userName,
      form: { action: `${base}/new-password` },
      minLength: deps.rules.minLength,
      ...(problem === undefined ? {} : { problem }),
      cancel: { action: `${base}/cancel` },
    };
    showPage(ctx, render, 'new-password', model, status);
  }

  async function show(ctx: Context, interaction: Interaction): Promise<void> {
    page(ctx, interaction, await owner(interaction));
  }

  /** @returns the new hash, or the sentence that says why this one will not do. */
  async function newHash(account: Account, password: string, again: string) {
    if (password !== again) return { problem: 'The two passwords are not the same.' };
    const { text } = preparePassword(password, deps.rules.maxLength);
    if (await deps.pool.verify(account.passwordHash, text, { known: true })) return { problem: THE_OLD_ONE };
    const hashed = await checkedHash(deps, account, password);
    if (!hashed.ok) return { problem: hashed.problems.map((problem) => problem.text).join(' ') };
    return { hash: hashed.hash };
  }

  async function submit(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const { browser } = interaction;
    if (interaction.prompt !== 'new-password') return seeOther(ctx, `/interaction/${interaction.uid}`);
    if (browser === undefined) throw new InteractionGone('the browser has lost its cookie');
    const [account, loginTs] = await Promise.all([owner(interaction), interactions.loginTime(interaction)]);
    if (loginTs === undefined) throw new InteractionGone('the session has ended');
    // Another tab was quicker.
    if (account.passwordKnownSince == null) return goOn(ctx, browser);

    const taken = await deps.throttle.take(TRIES, account.sub);
    if (!taken.allowed) {
      const seconds = Math.ceil(taken.retryAfterMs / 1000);
      ctx.set('retry-after', String(seconds));
      const text = `That was a lot in a short time. Please try again in ${wait(seconds)}.`;
      return page(ctx, interaction, account, text, 429);
    }
    const made = await newHash(account, form.get('password') ?? '', form.get('password_again') ?? '');
    if ('problem' in made) return page(ctx, interaction, account, made.problem, 400);
    const written = await accounts.replacePassword(account.sub, account.passwordChangedAt, made.hash);
    if (written?.passwordHash === made.hash) {
      await Promise.all([
        deps.knowOnly(account.sub, browser),
        deps.keepOnly(account.sub, { uid: interaction.session!.uid, loginTs }),
      ]);
      audit.record(
        { type: 'account.password_changed', account: account.sub, by: 'self' },
        { requestId: requestInfo(ctx.req).id },
      );
      deps.tell(account.sub, { notice: 'password-changed' }, []);
    }
    return goOn(ctx, browser);
  }

  async function goOn(ctx: Context, browser: string): Promise<void> {
    showLeaving(ctx, render, await interactions.finish(ctx, { browser }));
  }

  return { show, submit };
}
