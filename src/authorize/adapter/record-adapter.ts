import { type AdapterPayload, errors } from 'oidc-provider';
import type { Account } from '../../accounts/account.ts';
import { epochSeconds } from '../../session/epoch-seconds.ts';
import { keys, MINUTE, names } from '../../store/keys.ts';
import type { Key, Store } from '../../store/port.ts';
import { requestScope } from '../request-scope.ts';

export interface AdapterDependencies {
  readonly store: Store;
  /** Reads an account, once a request. */
  readonly account: (sub: string) => Promise<Account | undefined>;
  /** Metadata of a client, declared in the configuration or stored. */
  readonly client: (clientId: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Life of a session in ms. */
  readonly sessionLifeMs: number;
  /** Without use for this long it is stale, in ms. */
  readonly sessionIdleMs: number;
}

/** How long a spent or expired record stays readable, so that a replay is told from an unknown id (R35, R58). */
const REPLAY_MS = 10 * MINUTE;

const OUTLIVES_ITS_EXP = new Set([
  'AuthorizationCode',
  'BackchannelAuthenticationRequest',
  'DeviceCode',
  'PushedAuthorizationRequest',
  'RefreshToken',
]);

/**
 * oidc-provider's storage interface over the store port, for the models without rules of their own. The library
 * checks and then acts; here the store decides, by the version this request read.
 */
export class RecordAdapter {
  protected readonly model: string;
  protected readonly deps: AdapterDependencies;

  constructor(model: string, deps: AdapterDependencies) {
    this.model = model;
    this.deps = deps;
  }

  protected get store(): Store {
    return this.deps.store;
  }

  protected key(id: string): Key {
    return keys.model(this.model, String(id));
  }

  protected lifeMs(ttlSeconds: number): number {
    return ttlSeconds * 1000 + (OUTLIVES_ITS_EXP.has(this.model) ? REPLAY_MS : 0);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const key = this.key(id);
    const found = await this.store.get<AdapterPayload>(key);
    if (!found || found.dead) return undefined;
    const scope = requestScope();
    scope.seen.set(key, found.version);
    scope.values.set(key, found.value);
    return found.value;
  }

  async findByUid(_uid: string): Promise<AdapterPayload | undefined> {
    return undefined;
  }

  async findByUserCode(_userCode: string): Promise<AdapterPayload | undefined> {
    return undefined;
  }

  async upsert(id: string, payload: AdapterPayload, ttlSeconds: number): Promise<void> {
    const ttlMs = this.lifeMs(ttlSeconds);
    await Promise.all([
      this.listUnderGrant(id, payload, ttlMs),
      this.store.put(this.key(id), payload, { if: 'any', ttlMs }),
    ]);
  }

  /** Sent ahead of the record itself: a revocation finds both, or neither and takes the grant that the record needs. */
  protected async listUnderGrant(id: string, payload: AdapterPayload, ttlMs: number): Promise<void> {
    if (this.model === 'Grant' || !payload.grantId) return;
    await this.store.index.add(names.grant(payload.grantId), `${this.model}:${id}`, {
      order: payload.exp ?? epochSeconds(),
      ttlMs,
    });
  }

  /**
   * Spends a code, refresh token or pushed request, once. Whoever comes second ends the winner's grant: userinfo,
   * introspection and refresh all look at it, so a thief who was faster keeps nothing (R58).
   *
   * @throws InvalidGrant, or InvalidRequestUri for a pushed request, to every caller but one.
   */
  async consume(id: string): Promise<void> {
    const key = this.key(id);
    const scope = requestScope();
    const found = await this.store.get<AdapterPayload>(key);
    const seen = scope.seen.get(key);
    const spent =
      !found || found.dead || !!found.value.consumed || (seen !== undefined && seen !== found.version);
    if (!spent) {
      const value: AdapterPayload = { ...found.value, consumed: epochSeconds() };
      // The library would call a late replay "expired" and leave the family alone.
      if (found.value.exp !== undefined) value.exp = found.value.exp + REPLAY_MS / 1000;
      const version = await this.store.put(key, value, { if: { version: found.version }, ttlMs: 'keep' });
      if (version) {
        scope.seen.set(key, version);
        return;
      }
    }
    const known = found?.value ?? (scope.values.get(key) as AdapterPayload | undefined);
    if (known?.grantId) await this.store.delete(keys.model('Grant', known.grantId));
    throw this.model === 'PushedAuthorizationRequest'
      ? new errors.InvalidRequestUri('request_uri was already used')
      : new errors.InvalidGrant('already used');
  }

  async destroy(id: string): Promise<void> {
    await this.store.delete(this.key(id));
  }

  /** The library calls this for every grantable model: each deletes its own records only. */
  async revokeByGrantId(grantId: string): Promise<void> {
    const name = names.grant(grantId);
    const prefix = `${this.model}:`;
    let after: string | undefined;
    do {
      const page = await this.store.index.page(name, {
        limit: 500,
        ...(after === undefined ? {} : { after }),
      });
      for (const { member } of page.entries) {
        if (!member.startsWith(prefix)) continue;
        await this.store.delete(this.key(member.slice(prefix.length)));
        await this.store.index.remove(name, member);
      }
      after = page.next;
    } while (after !== undefined);
  }
}

/** A copy of what came from the store or goes into it: plain JSON, which `structuredClone` takes twice as long for. */
export function copyOf<T extends object | undefined>(payload: T): T {
  return payload === undefined ? payload : (JSON.parse(JSON.stringify(payload)) as T);
}
