import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
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
      const { origin, pathname, search } = checkEndpoint(endpoint, options);
      return new Promise((resolve, reject) => {
        const exchange = oneExchange(timeoutMs, resolve, reject);
        // Straight to the handler: undici's `request` makes a stream, an abort signal and their listeners of each
        // answer, for a body that nobody reads. Its redirects would be an interceptor: there is none.
        agent.dispatch({ origin, path: pathname + search, method: 'POST', headers, body }, exchange);
      });
    },
    async close() {
      await agent.destroy();
    },
  };
}

/** The time for one request was over. */
class PushTimedOut extends Error {
  override readonly name = 'TimeoutError';
}

/** What undici tells of one request: settled by the status, which says it all, or by the first failure. */
function oneExchange(
  timeoutMs: number,
  resolve: (answer: PushAnswer) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined;
  let late: PushTimedOut | undefined;
  let bodyBytes = 0;
  const timer = setTimeout(() => {
    late = new PushTimedOut(`no answer within ${timeoutMs} ms`);
    reject(late);
    controller?.abort(late);
  }, timeoutMs);
  timer.unref();

  return {
    onRequestStart(started) {
      controller = started;
      // It waited for a connection until now, and nobody waits for it any more.
      if (late) started.abort(late);
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return;
      const retryAfter = headers['retry-after'];
      resolve({ status, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter });
    },
    // The body is read away so that the connection can be used again, within both limits.
    onResponseData(started, chunk) {
      bodyBytes += chunk.length;
      if (bodyBytes > MAX_BODY_BYTES) started.abort(new Error('the answer is too long'));
    },
    onResponseEnd() {
      clearTimeout(timer);
    },
    onResponseError(_controller, error) {
      clearTimeout(timer);
      reject(error);
    },
  };
}

/** Whether a failure of `post` is a rule's refusal, which no retry changes. */
export function isRefusal(error: unknown): boolean {
  return error instanceof EndpointRefused || error instanceof AddressRefused;
}
