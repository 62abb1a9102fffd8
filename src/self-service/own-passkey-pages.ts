import type { Context } from 'koa';
import type { Audit } from '../audit/audit.ts';
import type { Device } from '../devices/device.ts';
import { notFoundPage } from '../http/error-words.ts';
import type { OwnPageModels, OwnPasskey } from '../http/models/own-pages.ts';
import type { Renderer } from '../http/render.ts';
import { requestInfo } from '../http/request-info.ts';
import { seeOther, showPage } from '../http/show.ts';
import { moment } from '../http/words.ts';
import type { Throttle } from '../limits/throttle.ts';
import { type Passkey, passkeyFingerprint, passkeyRef } from '../passkey/passkey.ts';
import type { Passkeys } from '../passkey/passkeys.ts';
import { deviceNameSchema } from '../protocol/enrolment.ts';
import { MINUTE } from '../store/keys.ts';
import { ACCOUNT_PATH } from './account-client.ts';
import type { AccountGuard } from './account-guard-pages.ts';
import type { SignedIn } from './account-session.ts';
import type { Changes, Seen } from './changes.ts';
import { tooOften } from './too-often-pages.ts';

export interface OwnPasskeyDependencies {
  readonly guard: AccountGuard;
  readonly render: Renderer;
  readonly passkeys: Passkeys;
  readonly devices: { active(account: string): Promise<readonly Device[]> };
  readonly changes: Changes;
  readonly audit: Audit;
  readonly throttle: Throttle;
  readonly seen: (ctx: Context) => Seen;
}

const REMOVALS = { name: 'account-passkey-removal', max: 20, windowMs: 10 * MINUTE };
const RENAMES = { name: 'account-passkey-rename', max: 20, windowMs: 10 * MINUTE };

/** A passkey as its owner sees it. */
export function ownPasskey(passkey: Passkey): OwnPasskey {
  return {
    name: passkey.name,
    keeps: passkey.backupEligible ? (passkey.backedUp ? 'synced' : 'syncable') : 'one-device',
    attested: passkey.attested,
    fingerprint: passkeyFingerprint(passkey),
    added: moment(passkey.createdAt),
    ...(passkey.lastUsedAt === null ? {} : { used: moment(passkey.lastUsedAt) }),
  };
}

/** One of a person's passkeys: its name is theirs to change, its removal for a device or another passkey to approve (R24). */
export function createOwnPasskeyPages(deps: OwnPasskeyDependencies) {
  const { guard, render, passkeys, changes, audit } = deps;

  /** The passkey the path names, or the page that says there is none; another person's is none (R29). */
  async function find(ctx: Context, who: SignedIn): Promise<Passkey | undefined> {
    const { passkey: ref } = ctx['params'] as { passkey: string };
    const found = (await passkeys.list(who.account.sub)).find(({ id }) => passkeyRef(id) === ref);
    if (!found) showPage(ctx, render, 'error', notFoundPage(requestInfo(ctx.req).id), 404);
    return found;
  }

  async function canBeRemoved(account: string, passkey: Passkey): Promise<boolean> {
    const [devices, all] = await Promise.all([deps.devices.active(account), passkeys.list(account)]);
    return devices.length > 0 || all.some(({ id }) => id !== passkey.id);
  }

  async function show(ctx: Context, who: SignedIn): Promise<void> {
    const passkey = await find(ctx, who);
    if (passkey) await draw(ctx, who, passkey);
  }

  async function draw(
    ctx: Context,
    who: SignedIn,
    passkey: Passkey,
    problem?: OwnPageModels['account-passkey']['problem'],
  ): Promise<void> {
    const path = `/passkeys/${passkeyRef(passkey.id)}`;
    const removable = await canBeRemoved(who.account.sub, passkey);
    showPage(
      ctx,
      render,
      'account-passkey',
      {
        passkey: ownPasskey(passkey),
        rename: guard.form(who, `${path}/rename`),
        ...(problem ? { problem } : {}),
        ...(removable ? { remove: guard.form(who, `${path}/remove`) } : {}),
        back: ACCOUNT_PATH,
      },
      problem ? 400 : 200,
    );
  }

  async function rename(ctx: Context, who: SignedIn, form: ReadonlyMap<string, string>): Promise<void> {
    const passkey = await find(ctx, who);
    if (!passkey) return;
    const wanted = form.get('name') ?? '';
    const name = deviceNameSchema.safeParse(wanted.trim());
    if (!name.success) {
      const text = 'A name has 1 to 64 characters, none of them a control character.';
      return draw(ctx, who, passkey, { name: wanted.slice(0, 64), text });
    }
    const { sub } = who.account;
    if (name.data === passkey.name) return seeOther(ctx, ACCOUNT_PATH);
    const taken = await deps.throttle.take(RENAMES, sub);
    if (!taken.allowed) return tooOften(ctx, render, taken.retryAfterMs);
    await passkeys.rename(sub, passkey.id, name.data);
    const ref = passkeyRef(passkey.id);
    audit.record({ type: 'passkey.renamed', account: sub, passkey: ref, name: name.data });
    seeOther(ctx, ACCOUNT_PATH);
  }

  /** Asks the devices; nothing is removed yet. */
  async function remove(ctx: Context, who: SignedIn): Promise<void> {
    const passkey = await find(ctx, who);
    if (!passkey) return;
    const { sub } = who.account;
    if (!(await canBeRemoved(sub, passkey))) return draw(ctx, who, passkey);
    const taken = await deps.throttle.take(REMOVALS, sub);
    if (!taken.allowed) return tooOften(ctx, render, taken.retryAfterMs);
    const change = await changes.begin(who, { kind: 'remove-passkey', passkey: passkey.id });
    const words = { act: 'remove-passkey', name: passkey.name, fingerprint: passkeyFingerprint(passkey) };
    await changes.ask(who, change, { act: change.act, words }, deps.seen(ctx));
    seeOther(ctx, `${ACCOUNT_PATH}/changes/${change.id}`);
  }

  return { show, rename, remove };
}
