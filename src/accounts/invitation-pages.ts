import Router from '@koa/router';
import type { Context } from 'koa';
import type { WakeHub } from '../approval/wake-hub.ts';
import type { Audit } from '../audit/audit.ts';
import { DeviceError } from '../devices/device-error.ts';
import type { Devices } from '../devices/devices.ts';
import { type Enrolment, isExpired } from '../devices/enrolment.ts';
import type { Enrolments } from '../devices/enrolments.ts';
import { readForm } from '../http/form-body.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther } from '../http/show.ts';
import type { ParkedLimits } from '../limits/parked.ts';
import type { Throttle } from '../limits/throttle.ts';
import type { PasswordCheck } from '../password/check-password.ts';
import type { HashPool } from '../password/hash-pool.ts';
import type { SetPasswordRules } from '../password/set-password.ts';
import type { Tell } from '../push/notices.ts';
import type { Accounts } from './accounts.ts';
import { createInvitationCodes } from './invitation-codes.ts';
import { invitationBrowser } from './invitation-cookie.ts';
import { recordConfirmed } from './invitation-events.ts';
import { createPasswordStep } from './invitation-password-pages.ts';
import { createInvitationPoll } from './invitation-poll-routes.ts';
import { createInvitationViews } from './invitation-views-pages.ts';
import type { Invitations, OpenedInvitation } from './invitations.ts';

export interface InvitationRoutesDependencies {
  readonly invitations: Invitations;
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly passkeys: { list(account: string): Promise<readonly unknown[]> };
  readonly enrolments: Enrolments;
  readonly pool: HashPool;
  readonly check: PasswordCheck;
  readonly hub: WakeHub;
  readonly parked: ParkedLimits;
  readonly audit: Audit;
  readonly render: Renderer;
  readonly throttle: Throttle;
  /** Origin of the issuer. */
  readonly origin: string;
  readonly issuer: string;
  /** URL of the authenticator's enrolment page, without its fragment. */
  readonly enrolPage: string;
  /** Path of a person's own pages. */
  readonly accountPage: string;
  readonly passwordRules: SetPasswordRules;
  /** How long a poll is held, ms. */
  readonly holdMs: number;
  /** Ends every session, and no browser is known to the account any more. */
  readonly endSignIns: (account: string, reason: string) => Promise<void>;
  readonly tell: Tell;
}

type Shown = { readonly opened: OpenedInvitation; readonly enrolment: Enrolment | undefined };

/**
 * What an invitation shows, in order: the password page, then in that browser only the page with QR and code, then
 * the new device's name and fingerprint to confirm (R27). Nothing of it makes a session. A GET changes nothing (F20).
 *
 * Who may call: anybody with the link, which has 128 bits. What an attacker has: the link, from somebody's mail. What
 * bounds it: where there is a password, it is asked for; where there is none, the first to set it has the account, and
 * its owner finds out at once, since the password asked for is not theirs.
 */
export function createInvitationRoutes(deps: InvitationRoutesDependencies): Router {
  const { invitations, devices, enrolments, audit, render, issuer } = deps;
  const views = createInvitationViews({
    devices,
    passkeys: deps.passkeys,
    render,
    issuer,
    enrolPage: deps.enrolPage,
    accountPage: deps.accountPage,
    minLength: deps.passwordRules.minLength,
  });
  const codes = createInvitationCodes(enrolments, audit);
  const pathOf = (ctx: Context) => `/invitation/${secretOf(ctx)}`;

  /** The invitation as this request may go on with it; otherwise the page that says why not is shown. */
  async function load(ctx: Context): Promise<OpenedInvitation | undefined> {
    const opened = await invitations.open(secretOf(ctx));
    if (!opened) return views.over(ctx, 'link-invalid', 404);
    if (['expired', 'void', 'cancelled'].includes(opened.state)) return views.over(ctx, 'link-expired', 410);
    if (opened.state === 'spent' || opened.begun)
      if (!isBound(ctx, opened)) return views.over(ctx, 'link-used', 410);
    if (opened.state === 'spent') return opened;
    // Another device came in another way: a second one is added on the first (R24), or by an admin who says so.
    const hasDevice = !opened.replaces && (await devices.active(opened.account.sub)).length > 0;
    return hasDevice ? views.over(ctx, 'link-used', 410) : opened;
  }

  const isBound = (ctx: Context, opened: OpenedInvitation) =>
    opened.browser !== undefined && invitationBrowser(ctx.req, issuer) === opened.browser;

  /** For the requests that only the bound browser may make; others see what GET shows them. */
  async function loadBound(ctx: Context): Promise<Shown | undefined> {
    const opened = await load(ctx);
    if (!opened) return undefined;
    if (!isBound(ctx, opened)) {
      seeOther(ctx, pathOf(ctx));
      return undefined;
    }
    return { opened, enrolment: await codes.shown(opened) };
  }

  async function show(ctx: Context): Promise<void> {
    const opened = await load(ctx);
    if (!opened) return;
    if (!isBound(ctx, opened)) return views.password(ctx, pathOf(ctx), opened.account);
    await views.enrolment(ctx, pathOf(ctx), opened, await codes.shown(opened));
  }

  /** A new code in place of one that ran out or was turned down. */
  async function code(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const shown = await loadBound(ctx);
    if (!shown) return;
    const { opened, enrolment } = shown;
    const inUse = enrolment && enrolment.state !== 'cancelled' && !isExpired(enrolment, opened.now);
    if (!inUse && opened.state === 'password-done' && opened.browser !== undefined) {
      const next = await codes.open(opened, requestInfo(ctx.req).id);
      const renewed = await invitations.renew(opened.id, { browser: opened.browser, enrolment: next.id });
      await codes.drop(opened.account.sub, renewed ? opened.enrolment : next.id);
    }
    seeOther(ctx, pathOf(ctx));
  }

  async function confirm(ctx: Context): Promise<void> {
    const form = await readForm(ctx, deps.origin);
    const shown = await loadBound(ctx);
    if (!shown) return;
    const { opened, enrolment } = shown;
    const { account, browser, replaces } = opened;
    const thumbprint = form.get('thumbprint') ?? '';
    const device = enrolment?.device;
    const fits = device?.thumbprint === thumbprint && !isExpired(enrolment!, opened.now);
    if (!enrolment || !device || !fits || browser === undefined) return seeOther(ctx, pathOf(ctx));

    const before = await devices.active(account.sub);
    const by = { browser, enrolment: enrolment.id };
    if (!(await invitations.spend(opened.id, by))) return seeOther(ctx, pathOf(ctx));
    try {
      const outcome = await enrolments.confirm(account.sub, enrolment.id, thumbprint);
      if (outcome !== 'bound') {
        await invitations.giveBack(opened.id, by);
        return seeOther(ctx, pathOf(ctx));
      }
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      await invitations.giveBack(opened.id, by);
      return views.refused(ctx, pathOf(ctx), error);
    }
    const anew = recordConfirmed(audit, requestInfo(ctx.req).id, enrolment, device, { before, replaces });
    // The window for a first device is over, however this one came.
    if (account.firstDeviceUntil != null) await deps.accounts.setFirstDeviceUntil(account.sub, null);
    // Whoever has the old device, or signed in with its word, is out; again when sent twice, since a crash may lie between.
    if (replaces) await deps.endSignIns(account.sub, 'the devices were replaced');
    if (anew) deps.tell(account.sub, { notice: 'device-added', device: device.name }, [device.id]);
    seeOther(ctx, pathOf(ctx));
  }

  async function reject(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const shown = await loadBound(ctx);
    if (!shown) return;
    const { opened, enrolment } = shown;
    const account = opened.account.sub;
    if (enrolment && (await enrolments.cancel(account, enrolment.id))) {
      const reason = 'turned down in the page that showed the code';
      audit.record(
        { type: 'device.cancelled', account, enrolment: enrolment.id, reason },
        { requestId: requestInfo(ctx.req).id },
      );
    }
    seeOther(ctx, pathOf(ctx));
  }

  const poll = createInvitationPoll({ ...deps, isBound });
  const password = createPasswordStep({ ...deps, views, codes, load, pathOf });
  const router = new Router();
  const on = (method: 'get' | 'post', path: string, answer: (ctx: Context) => Promise<void>) =>
    router.register(path, [method], [async (ctx: Context) => answer(ctx)]);
  on('get', '/invitation/:secret', show);
  on('post', '/invitation/:secret/password', password);
  on('get', '/invitation/:secret/poll', (ctx) => poll(ctx, secretOf(ctx)));
  on('post', '/invitation/:secret/code', code);
  on('post', '/invitation/:secret/confirm', confirm);
  on('post', '/invitation/:secret/reject', reject);
  return router;
}

function secretOf(ctx: Context): string {
  return String((ctx['params'] as { secret?: string } | undefined)?.secret ?? '');
}
