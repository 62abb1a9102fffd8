import { keys, names } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import type { ClientSettings } from './client.ts';

interface StoredClient {
  readonly v: 1;
  readonly client: ClientSettings;
}

export interface Clients {
  /** Declared in the configuration, or added by an admin; the declared one wins. */
  find(clientId: string): Promise<ClientSettings | undefined>;
  list(): Promise<readonly { readonly client: ClientSettings; readonly declared: boolean }[]>;
  /** `false` when there is a client of that id already. */
  add(client: ClientSettings): Promise<boolean>;
  /** `false` when there is none, or it is declared in the configuration. */
  remove(clientId: string): Promise<boolean>;
  isDeclared(clientId: string): boolean;
}

/** @param builtIn clients that are always there; nobody lists, changes or removes them. */
export function createClients(
  store: Store,
  declared: readonly ClientSettings[],
  builtIn: readonly ClientSettings[] = [],
): Clients {
  const byId = new Map(declared.map((client) => [client.clientId, client]));
  const own = new Map(builtIn.map((client) => [client.clientId, client]));

  async function stored(clientId: string): Promise<ClientSettings | undefined> {
    return (await store.get<StoredClient>(keys.client(clientId)))?.value?.client;
  }

  return {
    isDeclared: (clientId) => byId.has(clientId),
    find: async (clientId) => own.get(clientId) ?? byId.get(clientId) ?? (await stored(clientId)),

    async list() {
      const all = declared.map((client) => ({ client, declared: true }));
      let after: string | undefined;
      do {
        const page = await store.index.page(names.clients(), {
          limit: 200,
          ...(after === undefined ? {} : { after }),
        });
        for (const { member } of page.entries) {
          const client = byId.has(member) ? undefined : await stored(member);
          if (client) all.push({ client, declared: false });
        }
        after = page.next;
      } while (after !== undefined);
      return all;
    },

    async add(client) {
      if (byId.has(client.clientId) || own.has(client.clientId)) return false;
      const record: StoredClient = { v: 1, client };
      if (!(await store.put(keys.client(client.clientId), record, { if: 'absent', ttlMs: null })))
        return false;
      await store.index.add(names.clients(), client.clientId, { order: Date.now(), ttlMs: null });
      return true;
    },

    async remove(clientId) {
      if (byId.has(clientId)) return false;
      const removed = await store.delete(keys.client(clientId));
      await store.index.remove(names.clients(), clientId);
      return removed;
    },
  };
}
