import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { BeginInvitation } from '../accounts/begin-invitation.ts';
import type { Approvals } from '../approval/approvals.ts';
import { type Asked, type AskedDependencies, askedIn, onlyPasskey } from '../approval/asked.ts';
import type { Interaction } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { PageModels } from '../http/page-models.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { wait } from '../http/words.ts';
import type { Tell } from '../push/notices.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, AMR } from '../session/ladder.ts';
import { type BeforeCodeDependencies, mayTakeCode } from './before-code-pages.ts';
import type { UseRecoveryCode } from './use-code.ts';

export interface LostPhoneDependencies extends AskedDependencies, BeforeCodeDependencies {
  readonly approvals: Pick<Approvals, 'gotInOtherwise'>;
  readonly useCode: UseRecoveryCode;
  readonly isKnown: (sub: string, browser: string) => Promise<boolean>;
  readonly beginInvitation: BeginInvitation;
  readonly tell: Tell;
  /** Origin of the issuer. */
  readonly origin: string;
}

type Problem = NonNullable<PageModels['lost-phone']['problem']>;

/**
 * "I do not have my phone": a recovery code in place of the old device, or an admin's code in place of any. The
 * password comes first, always. A recovery code gives no session: it leads to the pages that bind a new device in
 * the old one's place, and that device then approves. Every account sees the same page (R42).
 */
export function createLostPhonePages(deps: LostPhoneDependencies) {
  const { interactions, audit, tell } = deps;

  function draw(
    ctx: Context,
    interaction: Interaction,
    who: Asked,
    shown: { readonly problem?: Problem; readonly status?: number } = {},
  ): void {
    const base = `/interaction/${interaction.uid}`;
    const model: PageModels['lost-phone'] = {
      app: interaction.app,
      account: who.account.userName,
      form: { action: `${base}/lost-phone` },
      password: !who.password,
      back: base,
      ...(shown.problem ? { problem: shown.problem } : {}),
    };
    showPage(ctx, deps.render, 'lost-phone', model, shown.status);
  }

  async function show(ctx: Context): Promise<void> {
    const interaction = await interactions.load(ctx);
    const who = await askedHere(ctx, interaction);
    if (who) draw(ctx, interaction, who);
  }

  /** What this page is about, or it is left for the interaction's own page, which knows what is missing. */
  async function askedHere(ctx: Context, interaction: Interaction): Promise<Asked | undefined> {
    const who = interaction.prompt === 'push' ? await askedIn(deps, interaction) : 'nobody';
    // Where more than an approval is wanted, a new device would not help.
    if (typeof who === 'object' && !onlyPasskey(interaction, who.needs)) return who;
    seeOther(ctx, `/interaction/${interaction.uid}`);
    return undefined;
  }

  async function submit(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const who = await askedHere(ctx, interaction);
    if (!who) return;
    const { account, browser } = who;
    const { id: requestId, address } = requestInfo(ctx.req);
    const attempt = { chain: interaction.chain, client: interaction.clientId, address };

    const known = await deps.isKnown(account.sub, browser);
    const may = await mayTakeCode(deps, ctx, interaction, { ...who, known }, form.get('password') ?? '', {
      wrong: (problem) => draw(ctx, interaction, who, { problem, status: 401 }),
      tooOften: (retryAfterS) => tooOften(ctx, interaction, who, retryAfterS),
    });
    if (!may) return;

    const result = await deps.useCode({
      account: account.sub,
      typed: form.get('code') ?? '',
      known,
      address,
      bypassFits: interaction.takesStandIn(ACR.bypass),
    });
    const on = { ...attempt, account: account.sub };
    switch (result.kind) {
      case 'wait': {
        const { retryAfterS } = result;
        audit.record({ type: 'recovery.throttled', ...on, retryAfterS }, { requestId });
        return tooOften(ctx, interaction, who, retryAfterS);
      }
      case 'wrong': {
        audit.record({ type: 'recovery.rejected', ...on, known }, { requestId });
        const text = 'That code does not work. It may be mistyped, used already, or too old.';
        return draw(ctx, interaction, who, { problem: { field: 'code', text }, status: 401 });
      }
      case 'bypass-does-not-fit': {
        const text = `${interaction.app.name} wants more than this code can show. It was not used up.`;
        return draw(ctx, interaction, who, { problem: { field: 'code', text }, status: 403 });
      }
      case 'recovery': {
        audit.record({ type: 'recovery.used', ...on, left: result.left }, { requestId });
        tell(account.sub, { notice: 'recovery-used' }, []);
        return bindAnother(ctx, interaction, account, requestId);
      }
      case 'bypass': {
        audit.record({ type: 'bypass.used', ...on }, { requestId });
        tell(account.sub, { notice: 'bypass-used' }, []);
        await deps.approvals.gotInOtherwise(interaction.chain, { account: account.sub, browser });
        const ts = epochSeconds();
        const login = { accountId: account.sub, acr: ACR.bypass, amr: [...AMR.bypass], ts };
        return showLeaving(ctx, deps.render, await interactions.finish(ctx, { browser, login }));
      }
    }
  }

  function tooOften(ctx: Context, interaction: Interaction, who: Asked, retryAfterS: number): void {
    ctx.set('retry-after', String(retryAfterS));
    const text = `Too many tries in a short time. Please wait ${wait(retryAfterS)}, then try again.`;
    draw(ctx, interaction, who, { problem: { field: 'code', text }, status: 429 });
  }

  async function bindAnother(
    ctx: Context,
    interaction: Interaction,
    account: Account,
    requestId: string,
  ): Promise<void> {
    const begun = { by: 'recovery-code', interaction: interaction.uid } as const;
    const how = { ...begun, replaces: true, reason: 'a recovery code' };
    const { path, cookie } = await deps.beginInvitation(account, how, requestId);
    ctx.append('set-cookie', cookie);
    seeOther(ctx, path);
  }

  return { show, submit };
}
