import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { limitSubject } from '../risk/client-address.ts';
import { type AgentDescription, describeAgent } from '../risk/user-agent.ts';

/** What is known of a request before anything looks at its contents. */
export interface RequestInfo {
  /** Shown to people on error pages, in `X-Request-Id` and in every log line and event of the request. */
  readonly id: string;
  /** The client's address, from trusted proxies only (R43). */
  readonly address: string;
  /** What limits by address count: of IPv6 the /64, which one customer has whole. */
  readonly neighbour: string;
  readonly protocol: 'http' | 'https';
  /** The host asked for, unchecked: it chooses between the issuer's site and the authenticator's, no more. */
  readonly host: string | undefined;
  readonly agent: AgentDescription;
}

const infos = new WeakMap<IncomingMessage, RequestInfo>();
const current = new AsyncLocalStorage<RequestInfo>();

/** Runs the rest of a request's handling so that what it writes down carries its id. */
export function inRequest<T>(info: RequestInfo, work: () => Promise<T>): Promise<T> {
  return current.run(info, work);
}

/** Id of the request being handled, or `undefined` outside of one. */
export const currentRequestId = (): string | undefined => current.getStore()?.id;

/** Bytes for many ids: asking the system for eight costs more than all else about an id. */
const ids = Buffer.alloc(8 * 512);
let used = ids.length;

export function newRequestId(): string {
  if (used === ids.length) {
    randomFillSync(ids);
    used = 0;
  }
  used += 8;
  return ids.toString('hex', used - 8, used);
}

export function describeRequest(
  request: IncomingMessage,
  client: {
    readonly address: string;
    readonly protocol: 'http' | 'https';
    readonly host?: string | undefined;
  },
): RequestInfo {
  let agent: AgentDescription | undefined;
  const info: RequestInfo = {
    id: newRequestId(),
    address: client.address,
    neighbour: limitSubject(client.address),
    protocol: client.protocol,
    host: client.host,
    get agent() {
      agent ??= describeAgent(request.headers);
      return agent;
    },
  };
  infos.set(request, info);
  return info;
}

/** @throws Error when called for a request that app.ts has not described: a mistake in the stack's order. */
export function requestInfo(request: IncomingMessage): RequestInfo {
  const info = infos.get(request);
  if (!info) throw new Error('request was not described');
  return info;
}
