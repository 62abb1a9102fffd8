import type { Context } from 'koa';
import type { Device } from '../devices/device.ts';
import type { DeviceError } from '../devices/device-error.ts';
import type { Devices } from '../devices/devices.ts';
import { type Enrolment, isExpired } from '../devices/enrolment.ts';
import { pollVersion } from '../devices/enrolment-poll-routes.ts';
import { linkSecret } from '../devices/enrolment-tickets.ts';
import { ENROLMENT_LIFE_MS } from '../devices/enrolments.ts';
import type { OutcomeKind } from '../http/models/sign-in.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { showPage } from '../http/show.ts';
import { groupCode } from '../protocol/crockford.ts';
import { enrolmentLink } from '../protocol/enrolment-link.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import type { Account } from './account.ts';
import type { OpenedInvitation } from './invitations.ts';

interface ViewDependencies {
  readonly devices: Devices;
  readonly passkeys: { list(account: string): Promise<readonly unknown[]> };
  readonly render: Renderer;
  readonly issuer: string;
  /** URL of the authenticator's enrolment page, without its fragment. */
  readonly enrolPage: string;
  /** Path of a person's own pages. */
  readonly accountPage: string;
  readonly minLength: number;
}

/** What an invitation looks like at each step. `base` is its path. Nothing here changes anything. */
export function createInvitationViews(deps: ViewDependencies) {
  const { devices, render, issuer, enrolPage, minLength } = deps;

  /** Why the link does not work. */
  function over(ctx: Context, kind: OutcomeKind, status: number): undefined {
    const requestId = requestInfo(ctx.req).id;
    showPage(ctx, render, 'outcome', { kind, steps: [], requestId }, status);
    return undefined;
  }

  function password(ctx: Context, base: string, account: Account, problem?: string, status = 200): void {
    const model: PageModels['invite-password'] = {
      account: account.userName,
      form: { action: `${base}/password` },
      existing: account.passwordHash !== null,
      minLength,
      ...(problem === undefined ? {} : { problem }),
    };
    showPage(ctx, render, 'invite-password', model, status);
  }

  /** For the bound browser: code and QR, the device to confirm, or how it ended. */
  async function enrolment(
    ctx: Context,
    base: string,
    { account, replaces, now, state, begun }: OpenedInvitation,
    shown: Enrolment | undefined,
  ): Promise<void> {
    const { userName } = account;
    const device = shown?.device;
    if (shown?.state === 'bound' && device && (await isActive(device))) {
      // It has to be asked anew: what waits there was sent to the devices of before.
      const next = begun && {
        label: 'Go on signing in',
        post: { action: `/interaction/${begun.interaction}/send` },
      };
      return showPage(ctx, render, 'invite-done', {
        account: userName,
        device: device.name,
        ...(next ? { next, signedOut: replaces } : {}),
        ...(replaces && (await deps.passkeys.list(account.sub)).length > 0
          ? { passkeysLeft: deps.accountPage }
          : {}),
      });
    }
    if (shown?.state === 'claimed' && device && !isExpired(shown, now)) {
      return showPage(ctx, render, 'invite-confirm', confirmModel(userName, device, base, replaces));
    }
    if (state === 'spent') return over(ctx, 'link-used', 410);
    if (shown?.state !== 'open' || isExpired(shown, now)) return noCode(ctx, base, shown);
    showPage(ctx, render, 'invite-device', {
      account: userName,
      link: enrolmentLink(enrolPage, { issuer, secret: linkSecret(shown) }),
      code: groupCode(shown.code),
      secondsLeft: Math.ceil((shown.expiresAt - now) / 1000),
      life: ENROLMENT_LIFE_MS / 1000,
      poll: `${base}/poll`,
      version: pollVersion(shown, now),
      replaces,
    });
  }

  async function isActive(device: Device): Promise<boolean> {
    return (await devices.find(device.id))?.state === 'active';
  }

  function noCode(ctx: Context, base: string, shown: Enrolment | undefined): void {
    const refused = shown?.state === 'cancelled';
    showPage(ctx, render, 'error', {
      title: refused ? 'No device was added' : 'The code ran out',
      text: refused
        ? 'The device you turned down cannot approve anything. If it was not yours, somebody else saw the code: keep the next one to yourself.'
        : 'A code works for ten minutes. Take a new one when you have your phone at hand.',
      steps: [newCode(base)],
    });
  }

  /** The account's devices would not have it. */
  function refused(ctx: Context, base: string, error: DeviceError): void {
    const { id: requestId } = requestInfo(ctx.req);
    const text = error.message;
    const model = { title: 'This device was not added', text, steps: [newCode(base)], requestId };
    showPage(ctx, render, 'error', model, error.status);
  }

  return { over, password, enrolment, refused };
}

const newCode = (base: string) => ({ label: 'Show a new code', post: { action: `${base}/code` } });

function confirmModel(
  account: string,
  device: Device,
  base: string,
  replaces: boolean,
): PageModels['invite-confirm'] {
  return {
    account,
    device: { name: device.name, fingerprint: fingerprint(device.thumbprint) },
    confirm: { action: `${base}/confirm`, fields: { thumbprint: device.thumbprint } },
    reject: { action: `${base}/reject` },
    replaces,
  };
}
