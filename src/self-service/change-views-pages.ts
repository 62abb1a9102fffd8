import type { Context } from 'koa';
import type { ChallengeState } from '../approval/challenge.ts';
import { viewVersion } from '../approval/view-version.ts';
import type { Device } from '../devices/device.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import { pollVersion } from '../devices/enrolment-poll-routes.ts';
import { ENROLMENT_LIFE_MS, linkSecret } from '../devices/enrolments.ts';
import type { NextStep } from '../http/models/parts.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';
import { deviceProgress } from '../http/words.ts';
import { groupCode } from '../protocol/crockford.ts';
import { enrolmentLink } from '../protocol/enrolment-link.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import { codesFile } from '../recovery/codes-file.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { NotDone } from './apply-change.ts';
import type { Change } from './change.ts';
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

type Seal = 'tick' | 'cross' | 'clock' | 'mark';

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

    approve(ctx: Context, who: SignedIn, change: Change, { challenge, now }: Asked): void {
      const path = pathOfChange(change);
      const { name, fingerprint: key } = change.words ?? {};
      const left = Math.max(0, challenge.expiresAt - now);
      const state = challenge.state === 'approved' ? 'approved' : 'pending';
      showPage(ctx, render, 'account-approve', {
        act: change.act.kind,
        ...(name === undefined || key === undefined ? {} : { device: { name, fingerprint: key } }),
        state,
        number: challenge.number,
        qr: `countersign:${challenge.id}:${challenge.qr}`,
        secondsLeft: Math.ceil(left / 1000),
        life: Math.round((challenge.expiresAt - challenge.createdAt) / 1000),
        // The waiting page's own poll: what it tells hangs on the chain and the browser cookie alone.
        poll: `/interaction/account/poll?c=${encodeURIComponent(challenge.chain)}`,
        version: viewVersion(challenge, state),
        resendAfter: Math.max(0, Math.ceil((challenge.createdAt + deps.resendAfterMs - now) / 1000)),
        resend: guard.form(who, `${path}/send`),
        proceed: guard.form(who, `${path}/continue`),
        cancel: guard.form(who, `${path}/cancel`),
        authenticator: deps.authenticator,
        ios: /iPhone|iPad/.test(ctx.get('user-agent')),
        ...(challenge.known
          ? { devices: challenge.devices.map((one) => deviceProgress(one.name, one.step)) }
          : {}),
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

    done(ctx: Context, who: SignedIn, change: Change, { name }: Device): void {
      const adding = change.act.kind === 'add-device';
      said(ctx, {
        seal: 'tick',
        title: adding ? 'All set' : 'It is removed',
        text: adding
          ? `${name} now approves sign-ins for ${who.account.userName}.`
          : `${name} approves nothing any more.`,
      });
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

function refusedWords(state: ChallengeState): { seal: Seal; title: string; text: string } {
  switch (state) {
    case 'denied':
    case 'reported':
      return {
        seal: 'cross',
        title: 'It was denied',
        text: 'A device of yours said no, so nothing was changed. If you did not do that, somebody else has that device.',
      };
    case 'failed':
      return {
        seal: 'cross',
        title: 'That number was not right',
        text: 'The number did not match, so nothing was changed. A new try shows a new number.',
      };
    case 'superseded':
      return {
        seal: 'mark',
        title: 'A newer request took over',
        text: 'You asked for something else in this browser, and only the newest request counts.',
      };
    default:
      return {
        seal: 'clock',
        title: 'The time ran out',
        text: 'Nobody answered in time, so nothing was changed. You can ask again.',
      };
  }
}

function notWords(
  not: Exclude<NotDone, 'expired'>,
  act: Change['act']['kind'],
): { title: string; text: string } {
  if (not === 'full')
    return {
      title: 'This device was not added',
      text: 'Your account has as many devices as it may have. Remove one first.',
    };
  switch (act) {
    case 'add-device':
      return {
        title: 'This device was not added',
        text: 'It was turned down, or the device that approved it was removed meanwhile.',
      };
    case 'remove-device':
      return {
        title: 'Nothing was removed',
        text: 'The device is gone already, or the one that approved it was removed meanwhile.',
      };
    case 'recovery-codes':
      return { title: 'No codes were made', text: 'Your account has no such codes. Try it again.' };
    case 'password':
      return {
        title: 'Your password was not changed',
        text: 'Somebody else changed it meanwhile. If that was not your administrator, tell them now.',
      };
  }
}
