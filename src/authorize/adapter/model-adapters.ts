import { type AdapterPayload, errors } from 'oidc-provider';
import { keys } from '../../store/keys.ts';
import { requestScope } from '../request-scope.ts';
import { copyOf, RecordAdapter } from './record-adapter.ts';

/** One interaction resumes once (R63): its end leaves a tombstone, and whoever ends it second is told so. */
export class InteractionAdapter extends RecordAdapter {
  /** Read once a request: the guards before a resume and the library look at the same one. */
  override async find(id: string): Promise<AdapterPayload | undefined> {
    const read = requestScope().values.get(this.key(id)) ?? (await super.find(id));
    // The library changes what it is given.
    return copyOf(read as AdapterPayload | undefined);
  }

  override async upsert(id: string, payload: AdapterPayload, ttlSeconds: number): Promise<void> {
    const ttlMs = this.lifeMs(Math.max(ttlSeconds, 1));
    if (!(await this.store.put(this.key(id), payload, { if: 'any', ttlMs }))) {
      throw new errors.SessionNotFound('interaction already used');
    }
    requestScope().values.delete(this.key(id));
  }

  override async destroy(id: string): Promise<void> {
    requestScope().values.delete(this.key(id));
    if (await this.store.delete(this.key(id), { tombstone: true })) return;
    requestScope().interactionLost = true;
    throw new errors.SessionNotFound('interaction already used');
  }
}

/** Codes that a person confirms elsewhere: of two people with one user code, the first to act has it. */
export class UserCodeAdapter extends RecordAdapter {
  override async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const pointer = await this.store.get<{ readonly id: string }>(keys.userCode(userCode));
    if (!pointer || pointer.dead) return undefined;
    const record = await this.find(pointer.value.id);
    return record?.userCode === userCode ? record : undefined;
  }

  override async upsert(id: string, payload: AdapterPayload, ttlSeconds: number): Promise<void> {
    const scope = requestScope();
    if (scope.interactionLost) return;
    const key = this.key(id);
    const ttlMs = this.lifeMs(ttlSeconds);
    await this.listUnderGrant(id, payload, ttlMs);
    const seen = scope.seen.get(key);
    const version = await this.store.put(key, payload, {
      if: seen === undefined ? 'absent' : { version: seen },
      ttlMs,
    });
    if (!version) throw new errors.InvalidRequest('this code was just used by somebody else');
    scope.seen.set(key, version);
    if (payload.userCode && seen === undefined) {
      await this.store.put(keys.userCode(payload.userCode), { id }, { if: 'any', ttlMs });
    }
  }
}

/** `jti` of client assertions and DPoP proofs: the first to write it has used it (R34). */
export class ReplayAdapter extends RecordAdapter {
  override async upsert(id: string, payload: AdapterPayload, ttlSeconds: number): Promise<void> {
    const ttlMs = this.lifeMs(Math.max(ttlSeconds, 1));
    if (!(await this.store.put(this.key(id), payload, { if: 'absent', ttlMs }))) {
      throw new errors.InvalidRequest('replayed');
    }
  }
}

/** Every code and token hangs on its grant: here the disabled and the signed-out-everywhere end in one place (R63). */
export class GrantAdapter extends RecordAdapter {
  override async find(id: string): Promise<AdapterPayload | undefined> {
    const grant = await super.find(id);
    if (!grant?.accountId) return grant;
    const account = await this.deps.account(grant.accountId);
    if (!account || account.disabled || (grant.iat ?? 0) <= account.notBefore) return undefined;
    return grant;
  }
}

/** Clients come from the configuration and the admin's store; the library never writes them. */
export class ClientAdapter extends RecordAdapter {
  override async find(id: string): Promise<AdapterPayload | undefined> {
    return (await this.deps.client(id)) as AdapterPayload | undefined;
  }

  override async upsert(): Promise<void> {
    throw new Error('clients are added by an admin, not by oidc-provider');
  }
}
