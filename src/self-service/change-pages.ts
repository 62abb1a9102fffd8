import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import type { Devices } from '../devices/devices.ts';
import { type Enrolment, isExpired } from '../devices/enrolment.ts';
import {
  type EnrolmentPollDependencies,
  pollEnrolment,
  refusePoll,
} from '../devices/enrolment-poll-routes.ts';
import { equalText } from '../devices/equal-text.ts';
import { notFoundPage } from '../http/error-words.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import type { Throttle } from '../limits/throttle.ts';
import { fingerprint } from '../protocol/fingerprint.ts';
import { MINUTE } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { SignedIn } from './account-session.ts';
import { type ApplyDependencies, applyChange } from './apply-change.ts';
import { approvingPasskeys } from './approve-by-passkey-pages.ts';
import type { Approver, Change } from './change.ts';
import { type ChangeViewDependencies, createChangeViews, pathOfChange } from './change-views-pages.ts';
import type { Changes, Seen } from './changes.ts';

export interface ChangePagesDependencies
  extends ChangeViewDependencies,
    EnrolmentPollDependencies,
    ApplyDependencies {
  readonly store: Store;
  readonly devices: Devices;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly throttle: Throttle;
  readonly seen: (ctx: Context) => Seen;
  readonly newPasskey: { show(ctx: Context, who: SignedIn, change: Change): void };
}

/** Codes one account may open: each is a record, and a link that adds a device once approved. */
const CODES = { name: 'account-enrolment', max: 20, windowMs: 10 * MINUTE };

const urlOf = (change: Change) => ACCOUNT_PATH + pathOfChange(change);

/**
 * Adding and removing a device, step by step: code, the new device's name and fingerprint, the old device's approval
 * (R24, R27). A GET changes nothing and sends nothing (F20, R61).
 */
export function createChangePages(deps: ChangePagesDependencies) {
  const { guard, changes, enrolments, audit, store } = deps;
  const views = createChangeViews(deps);

  /** The change the path names, if this session began it; otherwise the page that says there is none. */
  async function find(ctx: Context, who: SignedIn): Promise<Change | undefined> {
    const { change: id } = ctx['params'] as { change: string };
    const change = await changes.find(who, id);
    if (!change) showPage(ctx, deps.render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);
    return change;
  }

  const enrolmentOf = async (change: Change): Promise<Enrolment | undefined> =>
    change.act.kind === 'add-device' ? enrolments.find(change.account, change.act.enrolment) : undefined;

  async function add(ctx: Context, who: SignedIn): Promise<void> {
    const { sub, userName } = who.account;
    const taken = await deps.throttle.take(CODES, sub);
    if (!taken.allowed) {
      const text = 'To keep accounts safe, we slow down here. Please try again in a few minutes.';
      return views.said(ctx, { seal: 'clock', title: 'That was a lot in a short time', text, status: 429 });
    }
    const enrolment = await enrolments.open({ account: sub, userName, approval: 'old-device' });
    const change = await changes.begin(who, { kind: 'add-device', enrolment: enrolment.id });
    audit.record({ type: 'device.enrolment_opened', account: sub, enrolment: enrolment.id, by: 'self' });
    seeOther(ctx, urlOf(change));
  }

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    const change = await find(ctx, who);
    if (!change) return;
    if (change.state === 'cancelled') return views.cancelled(ctx, who, change);
    if (change.state === 'done') return finished(ctx, who, change);
    if (change.act.kind === 'add-passkey' && change.state === 'open')
      return deps.newPasskey.show(ctx, who, change);
    const enrolment = await enrolmentOf(change);
    if (change.act.kind === 'add-device') {
      const now = await store.now();
      if (!enrolment || isExpired(enrolment, now)) return views.ranOut(ctx, who);
      if (change.state === 'open') {
        const { device } = enrolment;
        return device
          ? views.confirm(ctx, who, change, device)
          : views.code(ctx, who, change, enrolment, now);
      }
    }
    const asked = await changes.asked(change);
    if (asked?.state === 'pending' || asked?.state === 'approved') {
      const able = approvingPasskeys(await deps.passkeys.list(change.account), change).length > 0;
      return views.approve(ctx, who, change, asked, able);
    }
    if (asked?.state === 'consumed') return finished(ctx, who, change);
    views.refused(ctx, who, change, asked?.state ?? 'expired');
  }

  async function poll(ctx: Context): Promise<void> {
    ctx.set('cache-control', 'no-store');
    const who = await guard.who(ctx);
    const { change: id } = ctx['params'] as { change: string };
    const change = who && (await changes.find(who, id));
    if (change?.act.kind !== 'add-device') return refusePoll(ctx, 403, 'not_yours');
    const { account, act, id: page } = change;
    await pollEnrolment(deps, ctx, { account, enrolment: act.enrolment, page, now: await store.now() });
  }

  /** The person has compared the fingerprint: now an old device is asked. */
  async function confirm(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const change = await find(ctx, who);
    if (!change) return;
    const device = (await enrolmentOf(change))?.device;
    const thumbprint = form.get('thumbprint') ?? '';
    if (change.act.kind === 'add-device' && device && equalText(device.thumbprint, thumbprint)) {
      const words = { act: 'add-device', name: device.name, fingerprint: fingerprint(thumbprint) };
      if (change.state === 'open')
        await changes.ask(who, change, { act: { ...change.act, thumbprint }, words }, deps.seen(ctx));
    }
    seeOther(ctx, urlOf(change));
  }

  /** Once more: after an ending, or when nothing arrived. */
  async function send(ctx: Context, who: SignedIn): Promise<void> {
    const change = await find(ctx, who);
    if (!change) return;
    const asked = await changes.asked(change);
    const tooSoon = asked?.state === 'pending' && asked.now < asked.challenge.createdAt + deps.resendAfterMs;
    const over = asked?.state === 'approved' || asked?.state === 'consumed';
    if (change.state === 'asked' && change.words && !tooSoon && !over)
      await changes.ask(who, change, { act: change.act, words: change.words }, deps.seen(ctx));
    seeOther(ctx, urlOf(change));
  }

  /** The approval is there: it is taken, once, and the change is made. */
  async function proceed(ctx: Context, who: SignedIn): Promise<void> {
    const change = await find(ctx, who);
    if (!change) return;
    const taken = await changes.take(change);
    if ('refused' in taken) {
      if (taken.refused !== 'pending') return views.refused(ctx, who, change, taken.refused, 409);
      return seeOther(ctx, urlOf(change));
    }
    await apply(ctx, who, change, taken.by);
  }

  /** Does what was approved, and shows it. */
  async function apply(ctx: Context, who: SignedIn, change: Change, by: Approver): Promise<void> {
    const applied = await applyChange(deps, change, by);
    if ('done' in applied && applied.done === 'password') {
      await guard.leave(ctx);
      views.passwordDone(ctx);
    } else if ('codes' in applied) {
      if (applied.codes) views.recoveryCodes(ctx, who, applied.codes);
      else views.codesShownBefore(ctx);
    } else if ('done' in applied) seeOther(ctx, urlOf(change));
    else views.notDone(ctx, who, change, applied.not);
  }

  /** Its approval was taken; what it led to may still have to be written, if a crash came in between. */
  async function finished(ctx: Context, who: SignedIn, change: Change): Promise<void> {
    const { account, act } = change;
    // It ends every session: whoever still has one has not got so far.
    if (act.kind === 'password') return views.unfinished(ctx, who, change);
    // Finishing shows them, if they were not made yet.
    if (act.kind === 'recovery-codes')
      return change.told ? views.codesShownBefore(ctx) : views.unfinished(ctx, who, change);
    if (act.kind === 'add-passkey' || act.kind === 'remove-passkey') {
      const id = act.kind === 'add-passkey' ? act.passkey?.id : act.passkey;
      const isThere = (await deps.passkeys.list(account)).some((one) => one.id === id);
      if (act.kind === 'add-passkey' && !isThere && change.told)
        return views.notDone(ctx, who, change, 'gone');
      return isThere === (act.kind === 'add-passkey')
        ? views.done(ctx, who, change, { name: change.words?.name ?? '' })
        : views.unfinished(ctx, who, change);
    }
    if (act.kind === 'offline-code-on' || act.kind === 'offline-code-off')
      return change.told ? views.offlineCodeDone(ctx, act.kind) : views.unfinished(ctx, who, change);
    const devices = await deps.devices.list(account);
    const about =
      act.kind === 'add-device'
        ? devices.find((one) => one.thumbprint === act.thumbprint)
        : devices.find((one) => one.id === act.device);
    const wanted = act.kind === 'add-device' ? 'active' : 'revoked';
    if (about?.state === wanted) views.done(ctx, who, change, about);
    else views.unfinished(ctx, who, change);
  }

  /** "Not my device", or not now. */
  async function cancel(ctx: Context, who: SignedIn): Promise<void> {
    const change = await find(ctx, who);
    if (!change) return;
    if (change.state !== 'done') {
      await changes.cancel(change);
      const { account, act } = change;
      if (act.kind === 'add-device' && (await enrolments.cancel(account, act.enrolment))) {
        const reason = 'turned down in the page that showed the code';
        audit.record({ type: 'device.cancelled', account, enrolment: act.enrolment, reason });
      }
    }
    seeOther(ctx, urlOf(change));
  }

  return { add, show, poll, confirm, send, proceed, apply, cancel };
}
