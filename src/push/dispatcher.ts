import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { AddressRefused, guardedConnector } from './address-guard.ts';
import { checkEndpoint, EndpointRefused, type EndpointRules } from './endpoint.ts';

const TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 16 * 1024;

export interface PushDispatcherOptions extends EndpointRules {
  /** ms for one request in all: look-up, connection, answer. Default 5,000. */
  readonly timeoutMs?: number;
  /** Connections to one push service at most. Default 16. */
  readonly connections?: number;
  /** Name resolution; the system's by default. */
  readonly lookup?: LookupFunction;
  /** PEM of further certificate authorities, for a push service of one's own. */
  readonly ca?: string;
}

export interface PushAnswer {
  readonly status: number;
  /** The `Retry-After` field as sent, or `undefined`. */
  readonly retryAfter: string | undefined;
}

export interface PushDispatcher {
  /**
   * One POST to a push service: no redirect is followed, the answer's body is thrown away.
   *
   * @throws EndpointRefused, AddressRefused (never worth a retry), or whatever the network threw.
   */
  post(endpoint: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<PushAnswer>;
  /** Drops all connections. */
  close(): Promise<void>;
}

/** Keep-alive connections to push services, with every rule on where a push may go (R44). */
export function createPushDispatcher(options: PushDispatcherOptions): PushDispatcher {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const agent = new Agent({
    connect: guardedConnector({
      allowPrivate: options.allowPrivate,
      // Coarse in undici: it only cleans up after the exact limit below, which ends the request but not the dial.
      timeoutMs: timeoutMs + 1000,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
    connections: options.connections ?? 16,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    async post(endpoint, headers, body) {
      checkEndpoint(endpoint, options);
      const signal = AbortSignal.timeout(timeoutMs);
      // undici's own request: Node's built-in fetch rejects an Agent of another undici version.
      const response = await request(endpoint, { method: 'POST', headers, body, dispatcher: agent, signal });
      // The status says it all; the body is drained so that the connection can be used again, within both limits.
      response.body.dump({ limit: MAX_BODY_BYTES, signal }).catch(() => {});
      const retryAfter = response.headers['retry-after'];
      return {
        status: response.statusCode,
        retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      };
    },
    async close() {
      await agent.destroy();
    },
  };
}

/** Whether a failure of `post` is a rule's refusal, which no retry changes. */
export function isRefusal(error: unknown): boolean {
  return error instanceof EndpointRefused || error instanceof AddressRefused;
}
