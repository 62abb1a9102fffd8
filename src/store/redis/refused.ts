import type { Reason } from './reason.ts';

/** A server that answers and must not be used. */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** F25: a server that evicts keys when memory is short forgets sign-outs and spent codes. */
export const evicts = (policy: string | undefined): ServerRefused =>
  new ServerRefused(
    'eviction',
    `maxmemory-policy is "${policy ?? 'unknown'}", wanted "noeviction": set it on the server and start again`,
  );
