import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import { evicts, ServerRefused } from './refused.ts';
import { retryAfter } from './retry.ts';
import type { Endpoint } from './url.ts';

export interface MasterConnectorOptions {
  /** Asked before each attempt. @throws Error with why nobody knows. */
  readonly locate: () => Promise<Endpoint>;
  readonly tls: boolean;
  /** Told which server an attempt goes to. */
  readonly onChosen: (server: Endpoint) => void;
}

/**
 * How ioredis connects to one server, and whether it may be used: `check` sees its INFO before the first command is
 * sent. Not ioredis's own for Sentinels: that one believes whichever Sentinel answers first, and a failover told to it
 * in the moment in which it connects leaves it unconnected for ever.
 *
 * Only a master will do: a replica that answers reads with what was true a while ago would go unnoticed by a connection
 * that only reads. And it must not evict (F25), whichever server a failover leads to.
 */
export function masterConnector({
  locate,
  tls,
  onChosen,
}: MasterConnectorOptions): new (
  options: unknown,
) => AbstractConnector {
  return class MasterConnector extends AbstractConnector {
    #emit: (type: string, error: Error) => void = () => {};

    constructor(options: unknown) {
      super((options as { disconnectTimeout: number }).disconnectTimeout);
    }

    // An attempt that fails in here would be the last one: ioredis tries again only when a stream has broken.
    async connect(emit: (type: string, error: Error) => void): Promise<Socket> {
      this.connecting = true;
      this.#emit = emit;
      for (let attempt = 1; ; attempt++) {
        const server = await locate().catch((error: Error) => void emit('error', error));
        if (!this.connecting) throw new Error('Connection is closed.');
        if (server) {
          onChosen(server);
          const stream = tls ? connect({ ...server }) : createConnection({ ...server });
          stream.once('error', (error) => {
            this.firstError = error;
          });
          this.stream = stream;
          return stream;
        }
        await delay(retryAfter(attempt));
      }
    }

    override check({ role, maxmemory_policy: policy }: Record<string, string | undefined>): boolean {
      const refusal = refusalOf(role, policy);
      if (refusal) this.#emit('error', refusal);
      return refusal === undefined;
    }
  };
}

function refusalOf(role: string | undefined, policy: string | undefined): ServerRefused | undefined {
  if (role === 'slave') return new ServerRefused('read-only', 'the server is a replica, wanted the master');
  if (role !== 'master') return new ServerRefused('error', `INFO says role "${role ?? ''}", wanted "master"`);
  return policy === 'noeviction' ? undefined : evicts(policy);
}
