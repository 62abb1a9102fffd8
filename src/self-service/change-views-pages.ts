import type { Context } from 'koa';
import type { ChallengeState } from '../approval/challenge.ts';
import type { Device } from '../devices/device.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import { pollVersion } from '../devices/enrolment-poll-routes.ts';
import { linkSecret } from '../devices/enrolment-tickets.ts';
import { ENROLMENT_LIFE_MS } from '../devices/enrolments.ts';
import type { NextStep } from '../http/models/parts.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';
import { groupCode } from '../protocol/crockford.ts';
import { enrolmentLink } from '../protocol/enrolment-link.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import { codesFile } from '../recovery/codes-file.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { NotDone } from './apply-change.ts';
import type { Change } from './change.ts';
import { numberOf } from './change-number-pages.ts';
import { doneWords, notWords, refusedWords, type Seal } from './change-words.ts';
import type { Asked } from './changes.ts';

export interface ChangeViewDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly issuer: string;
  /** URL of the authenticator's enrolment page, without its fragment. */
  readonly enrolPage: string;
  /** Where the authenticator app is, or `null`. */
  readonly authenticator: string | null;
  readonly resendAfterMs: number;
}

export const pathOfChange = (change: Change): string => `/changes/${change.id}`;

/** What a change of factors looks like at each step. Nothing here changes anything. */
export function createChangeViews(deps: ChangeViewDependencies) {
  const { guard, render, issuer } = deps;
  const home: NextStep = { label: 'Back to your account', href: ACCOUNT_PATH };
  const newCode = (who: SignedIn): NextStep => ({
    label: 'Show a new code',
    post: guard.form(who, '/add-device'),
  });

  function said(
    ctx: Context,
    what: { seal: Seal; title: string; text: string; steps?: readonly NextStep[]; status?: number },
  ): void {
    const { seal, title, text, steps = [], status = 200 } = what;
    const requestId = seal === 'tick' ? {} : { requestId: requestInfo(ctx.req).id };
    showPage(
      ctx,
      render,
      'account-said',
      { seal, title, text, steps: [...steps, home], ...requestId },
      status,
    );
  }

  function ranOut(ctx: Context, who: SignedIn): void {
    const text =
      'A code works for ten minutes, the approval included. Take a new one when you have your phone at hand.';
    said(ctx, { seal: 'clock', title: 'The code ran out', text, steps: [newCode(who)] });
  }

  return {
    said,

    code(ctx: Context, who: SignedIn, change: Change, shown: Enrolment, now: number): void {
      const path = pathOfChange(change);
      showPage(ctx, render, 'invite-device', {
        account: who.account.userName,
        link: enrolmentLink(deps.enrolPage, { issuer, secret: linkSecret(shown) }),
        code: groupCode(shown.code),
        secondsLeft: Math.ceil((shown.expiresAt - now) / 1000),
        life: ENROLMENT_LIFE_MS / 1000,
        poll: `${ACCOUNT_PATH}${path}/poll`,
        version: pollVersion(shown, now),
        cancel: guard.form(who, `${path}/cancel`),
      });
    },

    confirm(ctx: Context, who: SignedIn, change: Change, device: Device): void {
      const path = pathOfChange(change);
      showPage(ctx, render, 'invite-confirm', {
        account: who.account.userName,
        device: { name: device.name, fingerprint: fingerprint(device.thumbprint) },
        confirm: guard.form(who, `${path}/confirm`, { thumbprint: device.thumbprint }),
        reject: guard.form(who, `${path}/cancel`),
        approval: true,
      });
    },

    approve(ctx: Context, who: SignedIn, change: Change, asked: Asked, byPasskey: boolean): void {
      const path = pathOfChange(change);
      const { name, fingerprint: key } = change.words ?? {};
      showPage(ctx, render, 'account-approve', {
        act: change.act.kind,
        ...(name === undefined || key === undefined ? {} : { device: { name, fingerprint: key } }),
        ...numberOf(ctx, asked, deps.resendAfterMs),
        resend: guard.form(who, `${path}/send`),
        proceed: guard.form(who, `${path}/continue`),
        cancel: guard.form(who, `${path}/cancel`),
        ...(byPasskey
          ? {
              passkey: {
                options: `${ACCOUNT_PATH}${path}/passkey/options`,
                form: guard.form(who, `${path}/passkey`),
              },
            }
          : {}),
        authenticator: deps.authenticator,
      });
    },

    /** The approval did not come. */
    refused(ctx: Context, who: SignedIn, change: Change, state: ChallengeState, status = 200): void {
      const again = { label: 'Ask again', post: guard.form(who, `${pathOfChange(change)}/send`) };
      said(ctx, { ...refusedWords(state), steps: [again], status });
    },

    ranOut,

    cancelled(ctx: Context, who: SignedIn, change: Change): void {
      if (change.act.kind !== 'add-device') {
        said(ctx, { seal: 'mark', title: 'Nothing was changed', text: 'Your account is as it was.' });
      } else {
        const text =
          'The device you turned down cannot approve anything. If it was not yours, somebody else saw the code: keep the next one to yourself.';
        said(ctx, { seal: 'mark', title: 'No device was added', text, steps: [newCode(who)] });
      }
    },

    done(ctx: Context, who: SignedIn, change: Change, { name }: { readonly name: string }): void {
      said(ctx, { seal: 'tick', ...doneWords(change.act.kind, name, who.account.userName) });
    },

    /** Everything is signed out by then, this browser too. */
    passwordDone(ctx: Context): void {
      const steps = [{ label: 'Sign in again', href: ACCOUNT_PATH }];
      const text = 'You are signed out everywhere. Sign in with the new one from now on.';
      showPage(ctx, render, 'account-said', {
        seal: 'tick',
        title: 'Your password is changed',
        text,
        steps,
      });
    },

    /** In this answer and nowhere again. */
    recoveryCodes(ctx: Context, who: SignedIn, codes: readonly string[]): void {
      const shown = codes.map(groupCode);
      showPage(ctx, render, 'recovery-codes-made', {
        account: who.account.userName,
        codes: shown,
        file: codesFile({ issuer, account: who.account.userName, codes: shown }),
        back: ACCOUNT_PATH,
      });
    },

    offlineCodeDone(ctx: Context, act: 'offline-code-on' | 'offline-code-off'): void {
      said(ctx, {
        seal: 'tick',
        title: act === 'offline-code-on' ? 'Offline codes are on' : 'Offline codes are off',
        text:
          act === 'offline-code-on'
            ? 'Open the authenticator once while your phone has network: it fetches what it needs. After that it shows codes without any.'
            : 'Codes your devices show sign nobody in any more.',
      });
    },

    codesShownBefore(ctx: Context): void {
      const text =
        'Recovery codes are shown once, when they are made. If you could not keep them, make new ones.';
      const again = { label: 'Recovery codes', href: `${ACCOUNT_PATH}/recovery-codes` };
      said(ctx, { seal: 'mark', title: 'These codes were shown already', text, steps: [again] });
    },

    /** It was approved, and still did not come to be. */
    notDone(ctx: Context, who: SignedIn, change: Change, why: NotDone): void {
      if (why === 'expired') ranOut(ctx, who);
      else said(ctx, { seal: 'mark', ...notWords(why, change.act.kind), status: 409 });
    },

    /** It was approved, and something came between that and its being written. */
    unfinished(ctx: Context, who: SignedIn, change: Change): void {
      const finish = { label: 'Finish', post: guard.form(who, `${pathOfChange(change)}/continue`) };
      const text = 'It was approved, but not everything was written down. Finish it here.';
      said(ctx, { seal: 'mark', title: 'Almost there', text, steps: [finish] });
    },
  };
}
