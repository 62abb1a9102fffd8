import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { BrowserStanding } from '../accounts/known-browsers.ts';
import type { Audit } from '../audit/audit.ts';
import type { ChainResult } from '../authorize/chain-result.ts';
import { type Interaction, InteractionGone, type Interactions } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import type { PasskeyViews } from '../passkey/passkey-view-pages.ts';
import { mayBeRemembered } from '../remembered/may-be-remembered.ts';
import type { RememberedBrowsers } from '../remembered/remembered-browsers.ts';
import type { Risk } from '../risk/assess.ts';
import { assessStep } from '../risk/assess-pages.ts';
import type { Place } from '../risk/place.ts';
import { atLeast } from '../risk/proof.ts';
import { showRefused } from '../risk/refused-pages.ts';
import { browserHashFrom } from '../session/browser-cookie.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { ACR, AMR } from '../session/ladder.ts';
import type { AskDependencies } from './ask.ts';
import { askForApproval } from './ask.ts';
import { type Asked, type AskedDependencies, askedIn, onlyPasskey } from './asked.ts';
import { showOutcome, showStepUp, showWaiting, type WaitingViewDependencies } from './waiting-view-pages.ts';

export interface WaitingPagesDependencies
  extends AskDependencies,
    AskedDependencies,
    WaitingViewDependencies {
  readonly interactions: Interactions;
  readonly passkey: Pick<PasskeyViews, 'showFor' | 'comesFirst'>;
  readonly risk: Risk;
  readonly known: {
    isKnown(sub: string, browser: string): Promise<boolean>;
    remember(sub: string, browser: string): Promise<BrowserStanding>;
  };
  /** Offers a passkey on the way to the app. @returns whether it did. */
  readonly offer: (ctx: Context, interaction: Interaction, standing: BrowserStanding) => boolean;
  /** The window for a first device, on the accounts that have one. */
  readonly firstDevice: {
    isOpenFor(account: Account): Promise<boolean>;
    show(ctx: Context, interaction: Interaction, account: Account): void;
  };
  readonly remembered: Pick<RememberedBrowsers, 'begin' | 'hasRoom' | 'lifeMs'>;
  readonly audit: Audit;
  readonly placeOf: (address: string) => Place;
  readonly origin: string;
}

/** Something you hold: the page that waits for the device's answer, and what follows from it. */
export function createWaitingPages(deps: WaitingPagesDependencies) {
  const { interactions, approvals, render } = deps;

  async function mine(interaction: Interaction, who: Asked) {
    const found = await approvals.find(interaction.chain);
    const { challenge } = found ?? {};
    return challenge?.account === who.account.sub && challenge.browser === who.browser ? found : undefined;
  }

  async function show(ctx: Context, interaction: Interaction): Promise<void> {
    const who = await askedIn(deps, interaction);
    if (who === 'nobody') return expired(ctx, interaction);
    if (who === 'password-again') return passwordAgain(ctx, interaction);
    if (onlyPasskey(interaction, who.needs)) return deps.passkey.showFor(ctx, interaction, who);
    if (who.password && (await deps.firstDevice.isOpenFor(who.account)))
      return deps.firstDevice.show(ctx, interaction, who.account);
    const found = await mine(interaction, who);
    if (!found || found.state === 'consumed') {
      if (!interaction.isDeviceCode && (await deps.passkey.comesFirst(who)))
        return deps.passkey.showFor(ctx, interaction, who);
      return showStepUp(deps, ctx, interaction, who.account);
    }
    if (found.state === 'pending' || found.state === 'approved') {
      const { account } = who;
      const { challenge, state, now } = found;
      const remember = offersRemembering(ctx, interaction, who) ? deps.remembered.lifeMs : undefined;
      return showWaiting(deps, ctx, interaction, { account, challenge, state, now, remember });
    }
    showOutcome(deps, ctx, interaction, found.state);
  }

  /** Only with the password in this very chain: an approval of a step-up remembers nothing. */
  function offersRemembering(ctx: Context, interaction: Interaction, who: Asked): boolean {
    const { lifeMs, hasRoom } = deps.remembered;
    return lifeMs !== undefined && who.password && mayBeRemembered(interaction) && hasRoom(ctx.req);
  }

  /** Sends: first time on a step-up page, "send again", or "try again" after an ending. Only ever by a click (R61). */
  async function send(ctx: Context): Promise<void> {
    const step = await posted(ctx);
    if (!step) return;
    const { interaction, who } = step;
    const found = await mine(interaction, who);
    const tooSoon = found?.state === 'pending' && found.now < found.challenge.createdAt + deps.resendAfterMs;
    if (found?.state !== 'approved' && !tooSoon) {
      const known = await deps.known.isKnown(who.account.sub, who.browser);
      const assessed = await assessStep(deps, ctx, interaction, { ...who, known, stepUp: !who.password });
      const proof = atLeast(assessed.proof, who.needs ?? 'push-short');
      if (proof === 'refuse') return showRefused(deps, ctx, interaction, assessed.sentence);
      if (proof === 'passkey') return needPasskey(ctx, interaction, who);
      await askForApproval(
        deps,
        ctx,
        interaction,
        { ...who, known },
        { ...assessed, proof: proof === 'none' ? 'push' : proof },
      );
    }
    seeOther(ctx, `/interaction/${interaction.uid}`);
  }

  /** The approval is there: it is consumed, once, and becomes the session when the chain resumes. */
  async function proceed(ctx: Context): Promise<void> {
    const step = await posted(ctx);
    if (!step) return;
    const { interaction, who, form } = step;
    const { account, browser } = who;
    const ts = who.password ? epochSeconds() : await interactions.loginTime(interaction);
    if (ts === undefined) return passwordAgain(ctx, interaction);

    const taken = await approvals.consume(interaction.chain, interaction.uid, {
      account: account.sub,
      browser,
      ...(who.needs === undefined ? {} : { least: who.needs }),
    });
    if (typeof taken === 'string') {
      if (taken !== 'pending') return showOutcome(deps, ctx, interaction, taken, 409);
      return seeOther(ctx, `/interaction/${interaction.uid}`);
    }
    const remembers =
      form.get('remember') === 'yes' &&
      taken.purpose === 'sign-in' &&
      offersRemembering(ctx, interaction, who);
    const amr = taken.answer?.userVerified ? AMR.pushUserVerified : AMR.push;
    const result: ChainResult = {
      browser,
      push: { challenge: taken.chain },
      login: { accountId: account.sub, acr: ACR.push, amr: [...amr], ts },
    };
    const [standing, onwards] = await Promise.all([
      deps.known.remember(account.sub, browser),
      interactions.finish(ctx, result),
      deps.risk.learn(account.sub, requestInfo(ctx.req).address),
      remembers ? rememberBrowser(ctx, interaction, who) : undefined,
    ]);
    // The page's script says what its browser could keep.
    if (form.get('passkeys') === 'yes' && who.password && deps.offer(ctx, interaction, standing)) return;
    showLeaving(ctx, render, onwards);
  }

  async function rememberBrowser(ctx: Context, interaction: Interaction, { account, browser }: Asked) {
    const { id: requestId, address, agent } = requestInfo(ctx.req);
    const seen = { browser: agent.browser, system: agent.system, place: deps.placeOf(address).label };
    ctx.append('set-cookie', await deps.remembered.begin(account.sub, browser, seen));
    const until = epochSeconds() + Math.floor((deps.remembered.lifeMs ?? 0) / 1000);
    const { chain, clientId: client } = interaction;
    deps.audit.record(
      { type: 'remembered.begun', account: account.sub, chain, client, address, until },
      { requestId },
    );
  }

  /** Policy wants a passkey by now: the chain knows it from here on, and no phone shows what an answer could not help. */
  async function needPasskey(ctx: Context, interaction: Interaction, who: Asked): Promise<void> {
    await approvals.abandon(interaction.chain);
    const result = { browser: who.browser, stepUp: { needs: 'passkey' as const } };
    showLeaving(ctx, render, await interactions.finish(ctx, result));
  }

  async function cancel(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const { browser } = interaction;
    if (browser === undefined) return expired(ctx, interaction);
    if (interaction.prompt === 'push') {
      const found = await approvals.find(interaction.chain);
      if (found?.challenge.browser === browser) await approvals.abandon(interaction.chain);
    }
    const result = { browser, error: 'access_denied', error_description: 'the person gave up' };
    showLeaving(ctx, render, await interactions.finish(ctx, result));
  }

  async function posted(
    ctx: Context,
  ): Promise<{ interaction: Interaction; who: Asked; form: ReadonlyMap<string, string> } | undefined> {
    const form = await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx).catch(async (error: unknown) => {
      if (error instanceof InteractionGone && (await showOtherTab(ctx, form.get('c')))) return undefined;
      throw error;
    });
    if (!interaction) return undefined;
    if (interaction.prompt !== 'push') {
      seeOther(ctx, `/interaction/${interaction.uid}`);
      return undefined;
    }
    const who = await askedIn(deps, interaction);
    if (who === 'nobody') expired(ctx, interaction);
    else if (who === 'password-again') await passwordAgain(ctx, interaction);
    else if (onlyPasskey(interaction, who.needs))
      // Nobody gets a push here by leaving the passkey aside, nor in by one from before (R48).
      await deps.passkey.showFor(ctx, interaction, who, { status: 403 });
    else return { interaction, who, form };
    return undefined;
  }

  /** Two tabs waited for one answer and the other was quicker: it is told so, and only to the browser that asked. */
  async function showOtherTab(ctx: Context, chain: string | undefined): Promise<boolean> {
    const browser = browserHashFrom(ctx.req, deps.origin);
    const found = chain === undefined ? undefined : await approvals.find(chain);
    if (found?.state !== 'consumed' || browser === undefined || found.challenge.browser !== browser)
      return false;
    const app = { name: found.challenge.client.name };
    const requestId = requestInfo(ctx.req).id;
    showPage(ctx, render, 'outcome', { kind: 'other-tab', app, steps: [], requestId });
    return true;
  }

  /** The proof behind this chain is gone; `{ browser }` alone leads to the password page of the same chain. */
  async function passwordAgain(ctx: Context, interaction: Interaction): Promise<void> {
    showLeaving(
      ctx,
      render,
      await interactions.finish(ctx, { browser: interaction.browser! }, { replace: true }),
    );
  }

  function expired(ctx: Context, interaction: Interaction): void {
    const requestId = requestInfo(ctx.req).id;
    showPage(
      ctx,
      render,
      'outcome',
      { kind: 'session-gone', app: interaction.app, steps: [], requestId },
      400,
    );
  }

  return { show, send, proceed, cancel };
}
