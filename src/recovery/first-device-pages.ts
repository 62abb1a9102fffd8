import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { BeginInvitation } from '../accounts/begin-invitation.ts';
import { inFirstDeviceWindow } from '../accounts/first-device.ts';
import { type AskedDependencies, askedIn } from '../approval/asked.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { readForm } from '../http/form-body.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import type { Throttle } from '../limits/throttle.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import { MINUTE } from '../store/keys.ts';

export interface FirstDeviceDependencies extends AskedDependencies {
  readonly interactions: Interactions;
  readonly render: Renderer;
  readonly devices: { active(account: string): Promise<readonly unknown[]> };
  readonly passkeys: { list(account: string): Promise<readonly unknown[]> };
  readonly beginInvitation: BeginInvitation;
  readonly throttle: Throttle;
  /** Origin of the issuer. */
  readonly origin: string;
}

/** Each is an invitation and a code, whose records are kept for a month. */
const BEGUN = { name: 'first-device', max: 20, windowMs: 10 * MINUTE };

/**
 * The first device at a sign-in by password, inside the window an admin opened on this one account. It leads to the
 * pages of an invitation, which show the code and the fingerprint; the device then approves this sign-in.
 */
export function createFirstDevicePages(deps: FirstDeviceDependencies) {
  const { interactions } = deps;

  /** Costs the accounts without a window nothing (R42). A passkey approves what is added beside it (R24). */
  async function isOpenFor(account: Account): Promise<boolean> {
    if (!inFirstDeviceWindow(account, epochSeconds())) return false;
    const { sub } = account;
    const factors = await Promise.all([deps.devices.active(sub), deps.passkeys.list(sub)]);
    return factors.every(({ length }) => length === 0);
  }

  function show(ctx: Context, interaction: Interaction, account: Account, retryAfter?: number): void {
    const base = `/interaction/${interaction.uid}`;
    showPage(
      ctx,
      deps.render,
      'first-device',
      {
        app: interaction.app,
        account: account.userName,
        add: { action: `${base}/first-device` },
        ...(retryAfter === undefined ? {} : { retryAfter }),
        cancel: { action: `${base}/cancel` },
      },
      retryAfter === undefined ? 200 : 429,
    );
  }

  async function submit(ctx: Context): Promise<void> {
    await readForm(ctx, deps.origin);
    const interaction = await interactions.load(ctx);
    const who = interaction.prompt === 'push' ? await askedIn(deps, interaction) : 'nobody';
    // The password of this very sign-in: a session is none.
    if (typeof who !== 'object' || !who.password || !(await isOpenFor(who.account)))
      return seeOther(ctx, `/interaction/${interaction.uid}`);
    const taken = await deps.throttle.take(BEGUN, who.account.sub);
    if (!taken.allowed) {
      const seconds = Math.ceil(taken.retryAfterMs / 1000);
      ctx.set('retry-after', String(seconds));
      return show(ctx, interaction, who.account, seconds);
    }
    const begun = { by: 'first-device-window', interaction: interaction.uid } as const;
    const how = { ...begun, replaces: false, reason: 'the window for a first device' };
    const { path, cookie } = await deps.beginInvitation(who.account, how, requestInfo(ctx.req).id);
    ctx.append('set-cookie', cookie);
    seeOther(ctx, path);
  }

  return { isOpenFor, show, submit };
}
