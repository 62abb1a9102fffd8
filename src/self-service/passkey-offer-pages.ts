import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { BrowserStanding } from '../accounts/known-browsers.ts';
import type { Audit } from '../audit/audit.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showLeaving, showPage } from '../http/show.ts';
import { creationOptions, type MakePasskeyDependencies, makePasskey } from '../passkey/make-passkey.ts';
import { passkeyFingerprint } from '../passkey/passkey.ts';
import { NewPasskeyInvalid } from '../passkey/verify-new-passkey.ts';
import { type ApplyDependencies, applyChange } from './apply-change.ts';
import type { Change, ChangeOwner } from './change.ts';
import { numberOf } from './change-number-pages.ts';
import { refusedWords } from './change-words.ts';
import type { Changes, Seen } from './changes.ts';
import { passkeyName } from './passkey-name.ts';

export interface PasskeyOfferDependencies
  extends MakePasskeyDependencies,
    Omit<ApplyDependencies, 'devices' | 'passkeys'> {
  readonly devices: ApplyDependencies['devices'];
  readonly passkeys: ApplyDependencies['passkeys'];
  readonly interactions: Interactions;
  readonly accountOf: (sub: string) => Promise<Account | undefined>;
  readonly render: Renderer;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly seen: (ctx: Context) => Seen;
  /** The browser is not asked again for a while. */
  readonly notNow: (sub: string, browser: string) => Promise<void>;
  readonly authenticator: string | null;
  readonly resendAfterMs: number;
  /** Origin of the issuer. */
  readonly origin: string;
}

/** Somebody whose sign-in is finished but for the way back to the app. */
interface SignedIn {
  readonly interaction: Interaction;
  readonly account: Account;
  /** Whose the change is: this chain's, in this browser. */
  readonly owner: ChangeOwner;
  readonly changeId: string;
}

/**
 * "Next time, no phone needed": offered between an approved sign-in and the app, to a browser that can keep a passkey. The
 * approval of the sign-in is none of this: the phone approves the new passkey by itself, once (R24). Whoever says "not
 * now", or nothing, goes on to the app.
 */
export function createPasskeyOfferPages(deps: PasskeyOfferDependencies) {
  const { interactions, changes, render } = deps;
  const at = ({ uid }: Interaction, step = '') => `/interaction/${uid}/offer${step}`;

  /** Right after the approval. @returns whether it was shown. */
  function offer(ctx: Context, interaction: Interaction, { passkey, offerAfter }: BrowserStanding): boolean {
    if (interaction.isDeviceCode || passkey || deps.now() < offerAfter) return false;
    draw(ctx, interaction);
    return true;
  }

  function draw(ctx: Context, interaction: Interaction, problem?: 'refused' | 'not-allowed'): void {
    showPage(
      ctx,
      render,
      'passkey-offer',
      {
        app: interaction.app,
        options: at(interaction, '/options'),
        form: { action: at(interaction) },
        ...(problem ? { problem } : {}),
        skip: { action: at(interaction, '/skip') },
      },
      problem ? 400 : 200,
    );
  }

  /** A password alone, or another browser, gets nothing here (R25). */
  async function signedIn(ctx: Context): Promise<SignedIn | undefined> {
    const interaction = await interactions.load(ctx);
    const { submitted, browser, chain } = interaction;
    const sub = submitted?.login?.accountId;
    const mine =
      submitted?.push && browser !== undefined && submitted.browser === browser && !interaction.isDeviceCode;
    const account = mine && sub !== undefined ? await deps.accountOf(sub) : undefined;
    if (account && !account.disabled && (submitted?.login?.ts ?? 0) > account.notBefore) {
      const changeId = createHash('sha256')
        .update(`offer\0${chain}`)
        .digest()
        .subarray(0, 18)
        .toString('base64url');
      return { interaction, account, owner: { account, id: `chain ${chain}`, browser: browser! }, changeId };
    }
    seeOther(ctx, `/interaction/${interaction.uid}`);
    return undefined;
  }

  async function posted(ctx: Context) {
    const form = await readForm(ctx, deps.origin);
    const who = await signedIn(ctx);
    return who && { ...who, form };
  }

  const leave = (ctx: Context, { interaction }: SignedIn) =>
    showLeaving(ctx, render, interactions.resumeUrl(interaction));

  async function show(ctx: Context): Promise<void> {
    const who = await signedIn(ctx);
    if (!who) return;
    const { interaction, owner, changeId } = who;
    const change = await changes.find(owner, changeId);
    if (!change) return draw(ctx, interaction);
    const asked = await changes.asked(change);
    if (asked?.state === 'pending' || asked?.state === 'approved') {
      const { name = '', fingerprint = '' } = change.words ?? {};
      showPage(ctx, render, 'account-approve', {
        act: 'add-passkey',
        device: { name, fingerprint },
        ...numberOf(ctx, asked, deps.resendAfterMs),
        resend: { action: at(interaction, '/send') },
        proceed: { action: at(interaction, '/continue') },
        cancel: { action: at(interaction, '/skip') },
        authenticator: deps.authenticator,
      });
      return;
    }
    const { seal, title, text } = refusedWords(asked?.state ?? 'expired');
    said(ctx, who, { seal, title, text: `${text} You are signed in all the same.` });
  }

  function said(
    ctx: Context,
    { interaction }: SignedIn,
    what: { seal: 'cross' | 'clock' | 'mark' | 'tick'; title: string; text: string },
  ): void {
    const steps = [
      { label: `Continue to ${interaction.app.name}`, post: { action: at(interaction, '/skip') } },
      { label: 'Ask again', post: { action: at(interaction, '/send') } },
    ];
    showPage(ctx, render, 'account-said', { ...what, steps, requestId: requestInfo(ctx.req).id });
  }

  async function options(ctx: Context): Promise<void> {
    const who = await posted(ctx);
    if (!who) return;
    const { account, changeId, owner } = who;
    ctx.set('cache-control', 'no-store');
    ctx.body = await creationOptions(deps, account, { chain: changeId, browser: owner.browser });
  }

  /** The browser has made one: the phone is asked for it. */
  async function submit(ctx: Context): Promise<void> {
    const who = await posted(ctx);
    if (!who) return;
    const { interaction, account, owner, changeId, form } = who;
    try {
      const name = passkeyName(deps.seen(ctx));
      const text = form.get('credential') ?? '';
      const passkey = await makePasskey(
        deps,
        account.sub,
        { chain: changeId, browser: owner.browser },
        { text, name },
      );
      const words = { act: 'add-passkey', name, fingerprint: passkeyFingerprint(passkey) };
      const change = await changes.begin(owner, { kind: 'add-passkey' }, changeId);
      await changes.ask(owner, change, { act: { kind: 'add-passkey', passkey }, words }, deps.seen(ctx));
      seeOther(ctx, at(interaction));
    } catch (error) {
      if (!(error instanceof NewPasskeyInvalid)) throw error;
      const { address, id: requestId } = requestInfo(ctx.req);
      const attempt = {
        chain: interaction.chain,
        client: interaction.clientId,
        address,
        account: account.sub,
      };
      deps.audit.record({ type: 'passkey.refused', ...attempt, reason: error.code }, { requestId });
      draw(
        ctx,
        interaction,
        error.code === 'model' || error.code === 'attestation' ? 'not-allowed' : 'refused',
      );
    }
  }

  /** Once more: after an ending, or when nothing arrived. */
  async function send(ctx: Context): Promise<void> {
    const who = await posted(ctx);
    if (!who) return;
    const change = await changes.find(who.owner, who.changeId);
    const asked = change && (await changes.asked(change));
    const tooSoon = asked?.state === 'pending' && asked.now < asked.challenge.createdAt + deps.resendAfterMs;
    const over = asked?.state === 'approved' || asked?.state === 'consumed';
    if (change?.state === 'asked' && change.words && !tooSoon && !over)
      await changes.ask(who.owner, change, { act: change.act, words: change.words }, deps.seen(ctx));
    seeOther(ctx, at(who.interaction));
  }

  /** The approval is there: it is taken, once, the passkey is added, and the person goes on to the app. */
  async function proceed(ctx: Context): Promise<void> {
    const who = await posted(ctx);
    if (!who) return;
    const change: Change | undefined = await changes.find(who.owner, who.changeId);
    const taken = change && (await changes.take(change));
    if (!change || !taken) return leave(ctx, who);
    if ('refused' in taken) return seeOther(ctx, at(who.interaction));
    const applied = await applyChange(deps, change, taken.by);
    if ('done' in applied) return leave(ctx, who);
    const text =
      'Your account has no room for it, or the device that approved it is gone. You are signed in all the same.';
    said(ctx, who, { seal: 'mark', title: 'This passkey was not added', text });
  }

  /** "Not now", or on to the app after an ending. */
  async function skip(ctx: Context): Promise<void> {
    const who = await posted(ctx);
    if (!who) return;
    const change = await changes.find(who.owner, who.changeId);
    if (change && change.state !== 'done') await changes.cancel(change);
    await deps.notNow(who.account.sub, who.owner.browser);
    leave(ctx, who);
  }

  return { offer, show, options, submit, send, proceed, skip };
}
