import { Agent, buildConnector, fetch as undiciFetch } from 'undici';

/** Ways to several servers that share one issuer: every request keeps the issuer's address and host. */
export interface LoadBalancer {
  /** Takes the servers in turn, request by request. */
  readonly inTurn: typeof fetch;
  /** Always to the server of that number. */
  to(server: number): typeof fetch;
  close(): Promise<void>;
}

/** @param ports where the servers listen on the loopback. */
export function createLoadBalancer(ports: readonly number[]): LoadBalancer {
  const agents = ports.map((port) => {
    const connect = buildConnector({});
    return new Agent({ connect: (options, done) => connect({ ...options, port: String(port) }, done) });
  });
  const to = (server: number) =>
    (async (url: string | URL, init: RequestInit = {}) =>
      undiciFetch(url, { ...init, dispatcher: agents[server] } as never)) as unknown as typeof fetch;
  const ways = ports.map((_, server) => to(server));
  let turn = 0;
  return {
    inTurn: (input, init) => ways[turn++ % ways.length]!(input, init),
    to: (server) => ways[server]!,
    async close() {
      await Promise.all(agents.map((agent) => agent.close()));
    },
  };
}
