import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Audit } from '../audit/audit.ts';
import type { ChainResult } from '../authorize/chain-result.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { moment, scopeWords } from '../http/words.ts';
import { ACR, rank } from '../session/ladder.ts';
import type { Store } from '../store/port.ts';
import { giveConsent } from './consent.ts';

export interface ConsentPagesDependencies {
  readonly interactions: Interactions;
  readonly render: Renderer;
  readonly audit: Audit;
  readonly store: Store;
  readonly accounts: { get(sub: string): Promise<Account | undefined> };
  /** From when on (epoch ms) a passkey is required of this person, who has none; absent when they need not be told. */
  readonly passkeyAhead: (account: Account) => Promise<number | undefined>;
  /** Where a person makes a passkey. */
  readonly accountPage: string;
  readonly origin: string;
}

/** The person's word: what the app gets. */
export function createConsentPages(deps: ConsentPagesDependencies) {
  const { interactions, render, audit } = deps;

  async function show(ctx: Context, interaction: Interaction): Promise<void> {
    const account = interaction.session && (await deps.accounts.get(interaction.session.accountId));
    // Whether there is a passkey is not for who has the password alone (R59).
    const proved = rank(interaction.session?.acr) > rank(ACR.pwd);
    const ahead = account && proved ? await deps.passkeyAhead(account) : undefined;
    const base = `/interaction/${interaction.uid}`;
    const { scopes, resources, claims } = interaction.missing;
    const asked = [...new Set([...scopes, ...Object.values(resources).flat(), ...claims])];
    showPage(ctx, render, 'consent', {
      app: interaction.app,
      account: account?.userName ?? '',
      scopes: scopeWords(asked),
      allow: { action: `${base}/consent` },
      deny: { action: `${base}/deny` },
      ...(ahead === undefined ? {} : { passkeyFrom: { at: moment(ahead), make: deps.accountPage } }),
    });
  }

  async function allow(ctx: Context): Promise<void> {
    const step = await posted(ctx);
    if (!step) return;
    const { interaction, browser, account } = step;
    const { missing, clientId } = interaction;
    // Whichever of the two fails, nothing goes on to the app, and what was remembered is what the person said.
    const [grantId] = await Promise.all([
      interactions.grant(interaction, missing),
      giveConsent(deps.store, account, clientId, missing, Date.now()),
    ]);
    const scopes = [...missing.scopes, ...Object.values(missing.resources).flat()];
    audit.record(
      { type: 'consent.given', account, client: clientId, scopes },
      { requestId: requestInfo(ctx.req).id },
    );
    const result: ChainResult = {
      browser,
      consent: { grantId },
      // What was applied at the last resume must not be applied again (it would re-open an ended session).
      ...(interaction.result && 'login' in interaction.result ? { login: null } : {}),
    };
    showLeaving(ctx, render, await interactions.finish(ctx, result));
  }

  async function deny(ctx: Context): Promise<void> {
    const step = await posted(ctx);
    if (!step) return;
    const { interaction, browser, account } = step;
    audit.record(
      { type: 'consent.denied', account, client: interaction.clientId },
      { requestId: requestInfo(ctx.req).id },
    );
    const result = { browser, error: 'access_denied', error_description: 'the person did not agree' };
    showLeaving(ctx, render, await interactions.finish(ctx, result));
  }

  async function posted(ctx: Context) {
    await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const { browser, session } = interaction;
    const account = session && (await deps.accounts.get(session.accountId));
    if (interaction.prompt === 'consent' && browser !== undefined && account && !account.disabled) {
      return { interaction, browser, account: account.sub };
    }
    if (interaction.prompt === 'consent' && browser !== undefined) {
      // Disabled meanwhile: the chain starts again at the password.
      showLeaving(ctx, render, await interactions.finish(ctx, { browser }, { replace: true }));
      return undefined;
    }
    seeOther(ctx, `/interaction/${interaction.uid}`);
    return undefined;
  }

  return { show, allow, deny };
}
