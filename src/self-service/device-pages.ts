import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import type { Devices } from '../devices/devices.ts';
import { notFoundPage } from '../http/error-words.ts';
import type { PageModels } from '../http/page-models.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import type { Throttle } from '../limits/throttle.ts';
import { deviceNameSchema } from '../protocol/enrolment.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Changes, Seen } from './changes.ts';
import { deviceRef, ownDevice } from './overview-pages.ts';
import { tooOften } from './too-often-pages.ts';

export interface DevicePagesDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly devices: Devices;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly throttle: Throttle;
  readonly seen: (ctx: Context) => Seen;
}

/** Removals one account may ask for: each is a record and a challenge that are kept for half an hour. */
const REMOVALS = { name: 'account-removal', max: 20, windowMs: 10 * MINUTE };

/** New names, for the same reason: each is an event that a person reads among what else happened. */
const RENAMES = { name: 'account-rename', max: 20, windowMs: 10 * MINUTE };

/** One of a person's devices: its name is theirs to change, its removal another device's to approve (R24). */
export function createDevicePages(deps: DevicePagesDependencies) {
  const { guard, render, devices, changes, audit } = deps;

  /** The device the path names, or the page that says there is none; another person's is none (R29). */
  async function find(ctx: Context, who: SignedIn): Promise<{ device: Device; others: number } | undefined> {
    const { device: ref } = ctx['params'] as { device: string };
    const active = await devices.active(who.account.sub);
    const device = active.find((one) => deviceRef(one) === ref);
    if (device) return { device, others: active.length - 1 };
    showPage(ctx, render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);
    return undefined;
  }

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    const found = await find(ctx, who);
    if (found) draw(ctx, who, found);
  }

  function draw(
    ctx: Context,
    who: SignedIn,
    { device, others }: { device: Device; others: number },
    problem?: PageModels['account-device']['problem'],
  ): void {
    const path = `/devices/${deviceRef(device)}`;
    showPage(
      ctx,
      render,
      'account-device',
      {
        device: ownDevice(device),
        rename: guard.form(who, `${path}/rename`),
        ...(problem ? { problem } : {}),
        ...(others > 0 ? { remove: guard.form(who, `${path}/remove`) } : {}),
        back: ACCOUNT_PATH,
      },
      problem ? 400 : 200,
    );
  }

  async function rename(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const found = await find(ctx, who);
    if (!found) return;
    const wanted = form.get('name') ?? '';
    const name = deviceNameSchema.safeParse(wanted.trim());
    if (!name.success) {
      const text = 'A name has 1 to 64 characters, none of them a control character.';
      return draw(ctx, who, found, { name: wanted.slice(0, 64), text });
    }
    const { sub } = who.account;
    if (name.data === found.device.name) return seeOther(ctx, ACCOUNT_PATH);
    const taken = await deps.throttle.take(RENAMES, sub);
    if (!taken.allowed) return tooOften(ctx, render, taken.retryAfterMs);
    const device = await devices.rename(sub, found.device.id, name.data);
    audit.record({ type: 'device.renamed', account: sub, device: device.id, name: device.name });
    seeOther(ctx, ACCOUNT_PATH);
  }

  /** Asks the other devices; nothing is removed yet. */
  async function remove(ctx: Context, who: SignedIn): Promise<void> {
    const found = await find(ctx, who);
    if (!found) return;
    if (found.others === 0) return draw(ctx, who, found);
    const taken = await deps.throttle.take(REMOVALS, who.account.sub);
    if (!taken.allowed) return tooOften(ctx, render, taken.retryAfterMs);
    const { id, name, thumbprint } = found.device;
    const change = await changes.begin(who, { kind: 'remove-device', device: id });
    const words = { act: 'remove-device', name, fingerprint: fingerprint(thumbprint) };
    await changes.ask(who, change, { act: change.act, words }, deps.seen(ctx));
    seeOther(ctx, `${ACCOUNT_PATH}/changes/${change.id}`);
  }

  return { show, rename, remove };
}
