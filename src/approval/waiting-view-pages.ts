import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import type { OutcomeKind } from '../http/models/sign-in.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';
import { withheldWords } from '../http/withheld-words.ts';
import { deviceProgress } from '../http/words.ts';
import { DAY } from '../store/keys.ts';
import { type Challenge, type ChallengeState, needsVerifiedPerson } from './challenge.ts';
import { viewVersion } from './view-version.ts';

export interface WaitingViewDependencies {
  readonly interactions: Interactions;
  readonly render: Renderer;
  readonly resendAfterMs: number;
  /** Where the authenticator app is, or `null`. */
  readonly authenticator: string | null;
  readonly offlineCode: { isOffered(interaction: Interaction): boolean };
}

/** Nothing was sent yet, and only a click sends (R61). */
export async function showStepUp(
  { interactions, render, offlineCode }: WaitingViewDependencies,
  ctx: Context,
  interaction: Interaction,
  account: Account,
): Promise<void> {
  const base = `/interaction/${interaction.uid}`;
  const device = await interactions.waitingDevice(interaction);
  showPage(ctx, render, 'step-up', {
    app: interaction.app,
    account: account.userName,
    send: { action: `${base}/send` },
    lostPhone: `${base}/lost-phone`,
    passkey: `${base}/passkey`,
    ...(offlineCode.isOffered(interaction) ? { offlineCode: `${base}/offline-code` } : {}),
    cancel: { action: `${base}/cancel` },
    ...(device ? { device } : {}),
  });
}

export function showWaiting(
  deps: WaitingViewDependencies,
  ctx: Context,
  interaction: Interaction,
  shown: {
    readonly account: Account;
    readonly challenge: Challenge;
    readonly state: 'pending' | 'approved';
    /** Epoch ms on the store's clock. */
    readonly now: number;
    /** For how long this browser may be remembered, ms; `undefined` offers nothing. */
    readonly remember: number | undefined;
  },
): void {
  const { account, challenge, state, now, remember } = shown;
  const base = `/interaction/${interaction.uid}`;
  const left = Math.max(0, challenge.expiresAt - now);
  const verify = needsVerifiedPerson(challenge);
  // Without a device that verifies its person the page says just that.
  const unfit = verify && challenge.withheld === 'no-device';
  const withheld = challenge.known && !unfit ? withheldWords(challenge.withheld) : undefined;
  const model: PageModels['waiting'] = {
    app: interaction.app,
    account: account.userName,
    state,
    number: challenge.number,
    qr: `countersign:${challenge.id}:${challenge.qr}`,
    secondsLeft: Math.ceil(left / 1000),
    life: Math.round((challenge.expiresAt - challenge.createdAt) / 1000),
    poll: `${base}/poll?c=${encodeURIComponent(challenge.chain)}`,
    version: viewVersion(challenge, state),
    resendAfter: Math.max(0, Math.ceil((challenge.createdAt + deps.resendAfterMs - now) / 1000)),
    resend: { action: `${base}/send` },
    passkey: `${base}/passkey`,
    // `c` tells a tab that comes second what became of it, when the interaction itself is gone.
    proceed: { action: `${base}/continue`, fields: { c: challenge.chain } },
    cancel: { action: `${base}/cancel` },
    ...(verify ? { verify: true } : {}),
    authenticator: deps.authenticator,
    lostPhone: `${base}/lost-phone`,
    ...(deps.offlineCode.isOffered(interaction) ? { offlineCode: `${base}/offline-code` } : {}),
    ios: /iPhone|iPad/.test(ctx.get('user-agent')),
    ...(remember === undefined ? {} : { rememberDays: Math.round(remember / DAY) }),
    ...(challenge.known
      ? { devices: challenge.devices.map(({ name, step }) => deviceProgress(name, step)) }
      : {}),
    ...(withheld === undefined ? {} : { withheld }),
  };
  showPage(ctx, deps.render, 'waiting', model);
}

export function showOutcome(
  { render }: WaitingViewDependencies,
  ctx: Context,
  interaction: Interaction,
  state: ChallengeState,
  status = 200,
): void {
  const base = `/interaction/${interaction.uid}`;
  // Denied and reported are one page: who reports must not warn an attacker who watches this one.
  const kind: OutcomeKind =
    state === 'reported' ? 'denied' : state === 'consumed' ? 'other-tab' : (state as OutcomeKind);
  showPage(
    ctx,
    render,
    'outcome',
    {
      kind,
      app: interaction.app,
      steps: [
        { label: 'Try again', post: { action: `${base}/send` } },
        { label: `Back to ${interaction.app.name}`, post: { action: `${base}/cancel` } },
      ],
      requestId: requestInfo(ctx.req).id,
    },
    status,
  );
}
