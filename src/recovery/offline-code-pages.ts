import type { Context } from 'koa';
import type { Approvals } from '../approval/approvals.ts';
import { type Asked, type AskedDependencies, askedIn, onlyPasskey } from '../approval/asked.ts';
import type { Interaction } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { PageModels } from '../http/page-models.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { wait } from '../http/words.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, AMR } from '../session/ladder.ts';
import { type BeforeCodeDependencies, mayTakeCode } from './before-code-pages.ts';
import type { UseOfflineCode } from './use-offline-code.ts';

export interface OfflineCodePagesDependencies extends AskedDependencies, BeforeCodeDependencies {
  readonly approvals: Pick<Approvals, 'gotInOtherwise'>;
  /** Absent while they are off. */
  readonly useOfflineCode: UseOfflineCode | undefined;
  readonly isKnown: (sub: string, browser: string) => Promise<boolean>;
  /** Origin of the issuer. */
  readonly origin: string;
}

type Problem = NonNullable<PageModels['offline-code']['problem']>;

/**
 * "No network on your phone?": six digits that the phone shows by itself. The phone knows nothing of the request, so
 * this is a rung under push. Whether it is offered depends on the request alone, never on the account (R42).
 */
export function createOfflineCodePages(deps: OfflineCodePagesDependencies) {
  const { interactions, audit } = deps;

  const isOffered = (interaction: Interaction): boolean =>
    deps.useOfflineCode !== undefined && interaction.takesStandIn(ACR.otp);

  function draw(
    ctx: Context,
    interaction: Interaction,
    who: Asked,
    shown: { readonly problem?: Problem; readonly status?: number } = {},
  ): void {
    const base = `/interaction/${interaction.uid}`;
    const model: PageModels['offline-code'] = {
      app: interaction.app,
      account: who.account.userName,
      form: { action: `${base}/offline-code` },
      password: !who.password,
      back: base,
      ...(shown.problem ? { problem: shown.problem } : {}),
    };
    showPage(ctx, deps.render, 'offline-code', model, shown.status);
  }

  /** Whom this page is about; anything else is left for the interaction's own page. */
  async function askedHere(ctx: Context, interaction: Interaction): Promise<Asked | undefined> {
    const here = interaction.prompt === 'push' && isOffered(interaction);
    const who = here ? await askedIn(deps, interaction) : 'nobody';
    if (typeof who === 'object' && !onlyPasskey(interaction, who.needs)) return who;
    seeOther(ctx, `/interaction/${interaction.uid}`);
    return undefined;
  }

  async function show(ctx: Context): Promise<void> {
    const interaction = await interactions.load(ctx);
    const who = await askedHere(ctx, interaction);
    if (who) draw(ctx, interaction, who);
  }

  async function submit(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const who = await askedHere(ctx, interaction);
    if (!who || !deps.useOfflineCode) return;
    const { account, browser } = who;
    const { id: requestId, address } = requestInfo(ctx.req);
    const known = await deps.isKnown(account.sub, browser);
    const may = await mayTakeCode(deps, ctx, interaction, { ...who, known }, form.get('password') ?? '', {
      wrong: (problem) => draw(ctx, interaction, who, { problem, status: 401 }),
      tooOften: (retryAfterS) => tooOften(ctx, interaction, who, retryAfterS),
    });
    if (!may) return;

    const code = form.get('code') ?? '';
    const result = await deps.useOfflineCode({ account: account.sub, code, known, address });
    const on = { chain: interaction.chain, client: interaction.clientId, address, account: account.sub };
    switch (result.kind) {
      case 'wait': {
        const { retryAfterS } = result;
        audit.record({ type: 'offline_code.throttled', ...on, retryAfterS }, { requestId });
        return tooOften(ctx, interaction, who, retryAfterS);
      }
      case 'wrong': {
        audit.record({ type: 'offline_code.rejected', ...on, known }, { requestId });
        const text =
          'That is not the code your phone shows now, or it was used already. Wait for the next one.';
        return draw(ctx, interaction, who, { problem: { field: 'code', text }, status: 401 });
      }
      case 'right': {
        audit.record({ type: 'offline_code.used', ...on, device: result.device }, { requestId });
        await deps.approvals.gotInOtherwise(interaction.chain, { account: account.sub, browser });
        const login = { accountId: account.sub, acr: ACR.otp, amr: [...AMR.otp], ts: epochSeconds() };
        return showLeaving(ctx, deps.render, await interactions.finish(ctx, { browser, login }));
      }
    }
  }

  function tooOften(ctx: Context, interaction: Interaction, who: Asked, retryAfterS: number | null): void {
    if (retryAfterS !== null) ctx.set('retry-after', String(retryAfterS));
    const text =
      retryAfterS === null
        ? 'There were too many wrong codes. These codes are closed until you turn them off and on again at your account.'
        : `Too many tries in a short time. Please wait ${wait(retryAfterS)}, then try again.`;
    draw(ctx, interaction, who, { problem: { field: 'code', text }, status: 429 });
  }

  return { isOffered, show, submit };
}
