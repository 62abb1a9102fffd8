import type { Context } from 'koa';
import type { Approvals } from '../approval/approvals.ts';
import { type Asked, type AskedDependencies, askedIn, onlyPasskey } from '../approval/asked.ts';
import type { Audit } from '../audit/audit.ts';
import { type ChainResult, UNMET } from '../authorize/chain-result.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { anotherAccountPage } from '../http/error-words.ts';
import { readForm } from '../http/form-body.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { type AssessDependencies, assessStep } from '../risk/assess-pages.ts';
import { showRefused } from '../risk/refused-pages.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { rank } from '../session/ladder.ts';
import { acrOf, amrOf, passkeyRef } from './passkey.ts';
import type { ChallengeScope } from './passkey-challenges.ts';
import type { PasskeyViewDependencies, PasskeyViews } from './passkey-view-pages.ts';
import { requestOptions } from './request-options.ts';
import { type TakePasskeyDependencies, takePasskey } from './take-passkey.ts';

export interface PasskeyPagesDependencies
  extends PasskeyViewDependencies,
    TakePasskeyDependencies,
    AssessDependencies,
    AskedDependencies {
  readonly interactions: Interactions;
  readonly passkeys: PasskeyViewDependencies['passkeys'] & TakePasskeyDependencies['passkeys'];
  readonly accounts: TakePasskeyDependencies['accounts'];
  readonly views: PasskeyViews;
  readonly audit: Audit;
  readonly approvals: Pick<Approvals, 'gotInOtherwise'>;
  /** The person has proved themselves by more than a password, in this browser, which is known from now on. */
  readonly proved: (sub: string, browser: string, address: string) => Promise<void>;
  /** Origin of the issuer. */
  readonly origin: string;
}

/** Whom a request asks: one person, or whoever has a passkey. */
type Whom = { readonly who: Asked | undefined; readonly browser: string };

/** A passkey: from the password page by itself, after the password instead of the phone, or as a step up. */
export function createPasskeyPages(deps: PasskeyPagesDependencies) {
  const { interactions, render, audit, views } = deps;
  const page = (interaction: Interaction) => `/interaction/${interaction.uid}`;

  /** Whom this step may ask by a passkey; otherwise its own page knows better. */
  async function whom(interaction: Interaction): Promise<Whom | undefined> {
    const { browser } = interaction;
    if (browser === undefined) return undefined;
    // A user code is approved only by who was shown what it signs in, after the password (R55).
    if (interaction.prompt === 'login')
      return interaction.isDeviceCode ? undefined : { who: undefined, browser };
    if (interaction.prompt !== 'push') return undefined;
    const who = await askedIn(deps, interaction);
    return typeof who === 'string' ? undefined : { who, browser };
  }

  const scopeOf = (interaction: Interaction, browser: string): ChallengeScope => ({
    chain: interaction.chain,
    browser,
    use: 'sign-in',
  });

  /** A password stands in for a verified person, but not where policy or the app wants just that, nor a reported one. */
  const mustVerify = ({ policy }: Interaction, who: Asked | undefined) =>
    !who?.password ||
    who.account.passwordKnownSince != null ||
    [who.needs, policy.proof].includes('push-verified');

  async function show(ctx: Context): Promise<void> {
    const interaction = await interactions.load(ctx);
    if (interaction.prompt === 'login') interactions.ensureBrowser(ctx);
    const asks = await whom(interaction);
    if (asks?.who) return views.showFor(ctx, interaction, asks.who, { chosen: true });
    if (interaction.prompt === 'login' && !interaction.isDeviceCode)
      return views.showForAnybody(ctx, interaction);
    seeOther(ctx, page(interaction));
  }

  async function options(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const asks = await whom(interaction);
    ctx.set('cache-control', 'no-store');
    if (!asks) {
      ctx.status = 409;
      ctx.body = { error: 'other_step' };
      return;
    }
    const { who, browser } = asks;
    const [challenge, standing, passkeys] = await Promise.all([
      deps.challenges.issue(scopeOf(interaction, browser)),
      who ? deps.known.standing(who.account.sub, browser) : undefined,
      who ? deps.passkeys.list(who.account.sub) : [],
    ]);
    const known = (standing?.known ?? false) || (who?.proved ?? false);
    const able = passkeys.filter((one) => rank(acrOf(one)) >= interaction.required);
    ctx.body = requestOptions({
      challenge,
      rpId: deps.party.id,
      passkeys: able,
      known,
      requireUser: mustVerify(interaction, who),
    });
  }

  async function submit(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const asks = await whom(interaction);
    if (!asks) return seeOther(ctx, page(interaction));
    const { who, browser } = asks;
    const { id: requestId, address } = requestInfo(ctx.req);
    const attempt = { chain: interaction.chain, client: interaction.clientId, address };
    const taken = await takePasskey(deps, {
      scope: scopeOf(interaction, browser),
      credential: form.get('credential') ?? '',
      requireUser: mustVerify(interaction, who),
      ...(who ? { account: who.account.sub } : {}),
    });
    if (!taken.ok) {
      const { reason, account } = taken;
      const about = account === undefined ? {} : { account };
      audit.record({ type: 'passkey.refused', ...attempt, ...about, reason }, { requestId });
      return again(ctx, interaction, who, 'refused', 401);
    }
    const { account, passkey, userVerified } = taken;
    const used = { ...attempt, account: account.sub, passkey: passkeyRef(passkey.id), userVerified };
    audit.record({ type: 'passkey.accepted', ...used }, { requestId });

    if (await interactions.asksForAnother(interaction, account.sub)) {
      const model = anotherAccountPage(interaction.app.name, page(interaction), requestId);
      return showPage(ctx, render, 'error', model, 403);
    }
    const acr = acrOf(passkey);
    // A session that does not reach what is asked for would come back here for ever (R48).
    if (rank(acr) < interaction.required) return again(ctx, interaction, who, 'too-weak', 403);

    // After a password policy was asked there; before anything of this person it is asked here.
    if (!who?.password) {
      const { known } = await deps.known.standing(account.sub, browser);
      const step = { account, browser, known, stepUp: who !== undefined };
      const { proof, sentence } = await assessStep(deps, ctx, interaction, step);
      if (proof === 'refuse') return showRefused(deps, ctx, interaction, sentence);
    }

    await deps.proved(account.sub, browser, address);
    if (who) await deps.approvals.gotInOtherwise(interaction.chain, { account: account.sub, browser });
    const amr = amrOf(passkey, { userVerified, password: who?.password ?? false });
    // At the password page it takes the place of whatever the chain had.
    const alone = interaction.prompt === 'login';
    const result: ChainResult = {
      browser,
      passkey: { credential: passkeyRef(passkey.id), alone },
      // Somebody was verified, or a password was typed, a moment ago: the person is proved anew.
      login: { accountId: account.sub, acr, amr, ts: epochSeconds() },
    };
    showLeaving(ctx, render, await interactions.finish(ctx, result, { replace: alone }));
  }

  async function again(
    ctx: Context,
    interaction: Interaction,
    who: Asked | undefined,
    problem: 'refused' | 'too-weak',
    status: number,
  ): Promise<void> {
    if (who) return views.showFor(ctx, interaction, who, { problem, status, chosen: true });
    views.showForAnybody(ctx, interaction, problem, status);
  }

  /** The person has no passkey that would do, has read how to get one, and goes back: the app hears so (R48). */
  async function leave(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const asks = await whom(interaction);
    if (!asks?.who || !onlyPasskey(interaction, asks.who.needs)) return seeOther(ctx, page(interaction));
    const { browser } = asks;
    showLeaving(ctx, render, await interactions.finish(ctx, { browser, ...UNMET }));
  }

  return { show, options, submit, leave };
}
