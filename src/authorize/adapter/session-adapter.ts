import { isDeepStrictEqual } from 'node:util';
import type { AdapterPayload } from 'oidc-provider';
import { epochSeconds } from '../../session/epoch-seconds.ts';
import { keys, names, SECOND } from '../../store/keys.ts';
import type { Live } from '../../store/port.ts';
import { update } from '../../store/update.ts';
import { requestScope } from '../request-scope.ts';
import { copyOf, RecordAdapter } from './record-adapter.ts';

/** A session lives under its uid; what the cookie holds is only a pointer to it, replaced at every rotation. */
interface Pointer {
  readonly uid: string;
  readonly old?: true;
}

type SessionPayload = AdapterPayload & { readonly indexedAt?: number };
type Authorizations = NonNullable<AdapterPayload['authorizations']>;

const OLD_POINTER_MS = 10 * SECOND;
/** A version no record has: a pointer already rotated away from is never renewed. */
const NEVER = 'never';
/** Fields a save decides by rule, not by comparing with what was read. */
const BY_RULE = new Set(['authorizations', 'exp', 'jti', 'iat', 'indexedAt']);

/**
 * Sessions. Without these rules two tabs that finish at once lose one app's code, and a slow answer signs the
 * browser out (R57, R64): a save writes only what its request changed, never re-creates a pointer, and never brings
 * an ended session back.
 */
export class SessionAdapter extends RecordAdapter {
  override async find(id: string): Promise<AdapterPayload | undefined> {
    const pointerKey = this.key(id);
    const pointer = await this.store.get<Pointer>(pointerKey);
    if (!pointer || pointer.dead) return undefined;
    const record = await this.usable(pointer.value.uid);
    if (!record) return undefined;
    const scope = requestScope();
    const value = { ...record, jti: id };
    scope.seen.set(pointerKey, pointer.value.old ? NEVER : pointer.version);
    scope.values.set(pointerKey, copyOf(value));
    return value;
  }

  override async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.usable(uid);
  }

  /** The record, unless it was signed out, here or everywhere (R63). */
  private async usable(uid: string): Promise<SessionPayload | undefined> {
    const [record, ended] = await this.store.getMany<unknown>([recordKey(uid), keys.sessionEnded(uid)]);
    if (!record || record.dead || ended) return undefined;
    const session = record.value as SessionPayload;
    if (!session.accountId) return session;
    const account = await this.deps.account(session.accountId);
    return account && (session.loginTs ?? 0) <= account.notBefore ? undefined : session;
  }

  override async upsert(id: string, payload: AdapterPayload, ttlSeconds: number): Promise<void> {
    const scope = requestScope();
    const pointerKey = this.key(id);
    const before = (scope.values.get(pointerKey) ??
      (scope.rotatedFrom === undefined ? undefined : scope.values.get(this.key(scope.rotatedFrom))) ??
      {}) as AdapterPayload;

    const uid = payload.uid as string;
    const now = epochSeconds();
    // The list of an account's sessions lives twice as long as they do: not every save has to renew it.
    const index = !!payload.accountId && ((before as SessionPayload).indexedAt ?? 0) < now - ttlSeconds / 4;
    // A session found idle stays idle until somebody proves themselves anew: a request alone is no use of it.
    const { sessionLifeMs, sessionIdleMs } = this.deps;
    const idle =
      before.exp !== undefined &&
      before.accountId !== undefined &&
      now > before.exp - (sessionLifeMs - sessionIdleMs) / 1000 &&
      payload.loginTs === before.loginTs;
    const mine = idle ? { ...payload, exp: before.exp } : payload;
    const ttlMs = idle ? Math.max(1, before.exp! - now) * 1000 : this.lifeMs(ttlSeconds);
    const change = (current: Live<SessionPayload> | undefined) => {
      const merged = current ? merge(before, mine, current.value) : mine;
      const value = index ? { ...merged, indexedAt: now } : merged;
      return current && idle ? { value } : { value, ttlMs };
    };

    const seen = scope.seen.get(pointerKey);
    // Together: a pointer that comes a moment before its record leads nowhere, and no browser has it yet.
    const found = await this.store.get<SessionPayload>(recordKey(uid));
    const [, version] = await Promise.all([
      update<SessionPayload>(this.store, recordKey(uid), change, { found: Promise.resolve(found) }),
      this.store.put<Pointer>(
        pointerKey,
        { uid },
        { if: seen === undefined ? 'absent' : { version: seen }, ttlMs },
      ),
      index && payload.accountId
        ? this.store.index.add(names.sessions(payload.accountId), uid, { order: now, ttlMs: 2 * ttlMs })
        : undefined,
    ]);
    if (version) scope.seen.set(pointerKey, version);
    scope.values.set(pointerKey, copyOf(mine));
  }

  /**
   * Called at every rotation and at sign-out. A signed-in id goes on for 10 s, for the answers still under way; an
   * anonymous one dies at once, so that a planted id is worth nothing (R32). Sign-out itself is `ended/{uid}`.
   */
  override async destroy(id: string): Promise<void> {
    const scope = requestScope();
    const pointerKey = this.key(id);
    scope.rotatedFrom = id;
    const was = scope.values.get(pointerKey) as AdapterPayload | undefined;
    if (!was?.accountId) {
      await this.store.delete(pointerKey, { tombstone: true });
      return;
    }
    await update<Pointer>(this.store, pointerKey, (current) =>
      current && !current.value.old
        ? { value: { ...current.value, old: true }, ttlMs: OLD_POINTER_MS }
        : undefined,
    );
  }

  /** Whether this id is still the one the browser should hold: an answer that sets another would sign it out. */
  async isCurrent(id: string): Promise<boolean> {
    const pointer = await this.store.get<Pointer>(this.key(id));
    if (!pointer || pointer.dead || pointer.value.old) return false;
    const ended = await this.store.get(keys.sessionEnded(pointer.value.uid));
    return !ended;
  }
}

const recordKey = (uid: string) => keys.model('SessionRecord', uid);

/** Three-way: from `mine` only what this request changed since `before` goes into `theirs`. */
function merge(before: AdapterPayload, mine: AdapterPayload, theirs: SessionPayload): SessionPayload {
  const merged: Record<string, unknown> = { ...theirs, exp: Math.max(theirs.exp ?? 0, mine.exp ?? 0) };
  if (mine.jti !== undefined) merged['jti'] = mine.jti;
  const [was, is] = [before as Record<string, unknown>, mine as Record<string, unknown>];
  for (const field of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (BY_RULE.has(field) || isDeepStrictEqual(was[field], is[field])) continue;
    if (is[field] === undefined) delete merged[field];
    else merged[field] = is[field];
  }
  const authorizations: Authorizations = { ...theirs.authorizations };
  const [had, has] = [before.authorizations ?? {}, mine.authorizations ?? {}];
  for (const client of new Set([...Object.keys(had), ...Object.keys(has)])) {
    if (isDeepStrictEqual(had[client], has[client])) continue;
    const now = has[client];
    if (now) authorizations[client] = { ...authorizations[client], ...now };
    else delete authorizations[client];
  }
  if (Object.keys(authorizations).length > 0) merged['authorizations'] = authorizations;
  else delete merged['authorizations'];
  return merged as SessionPayload;
}
