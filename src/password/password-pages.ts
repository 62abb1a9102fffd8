import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import { type AskDependencies, askForApproval } from '../approval/ask.ts';
import { onlyPasskey } from '../approval/asked.ts';
import type { Audit } from '../audit/audit.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { anotherAccountPage } from '../http/error-words.ts';
import { readForm } from '../http/form-body.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import type { PasskeyViews } from '../passkey/passkey-view-pages.ts';
import { mayBeRemembered } from '../remembered/may-be-remembered.ts';
import type { RememberedBrowsers } from '../remembered/remembered-browsers.ts';
import { assessStep } from '../risk/assess-pages.ts';
import { meets } from '../risk/proof.ts';
import { showRefused } from '../risk/refused-pages.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, AMR, rank } from '../session/ladder.ts';
import type { PasswordCheck } from './check-password.ts';

export interface PasswordPagesDependencies extends AskDependencies {
  readonly interactions: Interactions;
  readonly render: Renderer;
  readonly audit: Audit;
  readonly check: PasswordCheck;
  readonly passkeys: { list(account: string): Promise<readonly unknown[]> };
  /** Where a passkey is asked for in one interaction. */
  readonly ceremony: PasskeyViews['ceremony'];
  readonly remembered: Pick<RememberedBrowsers, 'look' | 'use'>;
  /** Origin of the issuer. */
  readonly origin: string;
}

type Shown = Partial<Pick<PageModels['password'], 'username' | 'wrong' | 'retryAfter'>>;

/** Something you know: the page, and what a right password leads to. */
export function createPasswordPages(deps: PasswordPagesDependencies) {
  const { interactions, render, audit, check } = deps;

  function show(ctx: Context, interaction: Interaction, shown: Shown = {}, status = 200): void {
    interactions.ensureBrowser(ctx);
    const base = `/interaction/${interaction.uid}`;
    const { action, options, page } = deps.ceremony(interaction);
    showPage(
      ctx,
      render,
      'password',
      {
        app: interaction.app,
        form: { action: `${base}/password` },
        ...(interaction.isDeviceCode ? {} : { passkey: { options, form: { action }, page } }),
        cancel: { action: `${base}/cancel` },
        ...shown,
      },
      status,
    );
  }

  async function submit(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const base = `/interaction/${interaction.uid}`;
    // Sent twice, or from an older page of the chain: the interaction's own page knows better.
    if (interaction.prompt !== 'login') return seeOther(ctx, base);
    const { browser } = interaction;
    if (browser === undefined) return show(ctx, interaction, { username: form.get('username') ?? '' }, 400);

    const { id: requestId, address } = requestInfo(ctx.req);
    const name = form.get('username') ?? '';
    const attempt = { chain: interaction.chain, client: interaction.clientId, address };
    const result = await check.check({
      name,
      password: form.get('password') ?? '',
      address,
      browserHash: browser,
    });
    if (!result.ok) {
      const who = result.account ? { account: result.account.sub } : {};
      if (result.reason === 'wait') {
        const { retryAfterS } = result;
        audit.record({ type: 'password.throttled', ...attempt, ...who, retryAfterS }, { requestId });
        ctx.set('retry-after', String(retryAfterS));
        return show(ctx, interaction, { username: name, retryAfter: retryAfterS }, 429);
      }
      audit.record({ type: 'password.rejected', ...attempt, ...who, known: result.known }, { requestId });
      return show(ctx, interaction, { username: name, wrong: true }, 401);
    }

    const { account, known, failures } = result;
    // Written down first: a right password is an event whatever comes of it.
    audit.record({ type: 'password.accepted', ...attempt, account: account.sub, known }, { requestId });

    if (await interactions.asksForAnother(interaction, account.sub)) {
      const another = anotherAccountPage(interaction.app.name, base, requestId);
      return showPage(ctx, render, 'error', another, 403);
    }

    const remembered = await deps.remembered.look(ctx.req, account, browser);
    if (remembered === 'stolen') {
      // Everything was signed out, this password with it: whoever knows it may give it once more, and is asked for a device.
      return showLeaving(ctx, render, await interactions.finish(ctx, { browser }, { replace: true }));
    }

    // Known to somebody else, it is enough for nothing.
    const good = account.passwordKnownSince == null;
    const who = { account, browser, known, failures, stepUp: false };
    const isRemembered = good && remembered === 'yes' && mayBeRemembered(interaction);
    const assessed = await assessStep(deps, ctx, interaction, { ...who, remembered: isRemembered });
    const needs = assessed.proof;
    if (needs === 'refuse') return showRefused(deps, ctx, interaction, assessed.sentence);

    const password = { accountId: account.sub, at: epochSeconds(), needs };
    // Where the app takes the password alone, only what is more than the usual push is asked for besides.
    const passwordIsEnough =
      good && interaction.required <= rank(ACR.pwd) && !interaction.isDeviceCode && meets('push', needs);
    if (passwordIsEnough) {
      const login = { accountId: account.sub, acr: ACR.pwd, amr: [...AMR.pwd], ts: password.at };
      return showLeaving(
        ctx,
        render,
        await interactions.finish(ctx, { browser, password, login }, { replace: true }),
      );
    }
    if (isRemembered && needs === 'none') {
      const cookie = await deps.remembered.use(ctx.req, account, browser);
      if (cookie !== undefined) {
        ctx.append('set-cookie', cookie);
        audit.record({ type: 'remembered.used', ...attempt, account: account.sub }, { requestId });
        const login = {
          accountId: account.sub,
          acr: ACR.remembered,
          amr: [...AMR.remembered],
          ts: password.at,
        };
        return showLeaving(
          ctx,
          render,
          await interactions.finish(ctx, { browser, password, login }, { replace: true }),
        );
      }
    }
    const asks = needs !== 'passkey' && !(await passkeyOnly(interaction, result));
    const proof = needs === 'none' || needs === 'passkey' ? 'push' : needs;
    const [onwards] = await Promise.all([
      interactions.finish(ctx, { browser, password }, { replace: true }),
      asks ? askForApproval(deps, ctx, interaction, who, { ...assessed, proof }) : undefined,
    ]);
    showLeaving(ctx, render, onwards);
  }

  /** No push where none would do, nor where this browser has used a passkey, which comes first then. */
  async function passkeyOnly(
    interaction: Interaction,
    { account, passkeyHere }: { readonly account: Account; readonly passkeyHere: boolean },
  ): Promise<boolean> {
    if (onlyPasskey(interaction, undefined)) return true;
    if (!passkeyHere || interaction.isDeviceCode) return false;
    return (await deps.passkeys.list(account.sub)).length > 0;
  }

  return { show, submit };
}
