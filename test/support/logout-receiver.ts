import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An app's back-channel logout endpoint (OpenID Connect Back-Channel Logout 1.0 section 2.5), really listening. */
export interface LogoutReceiver {
  readonly url: string;
  /** The logout tokens received, in order. */
  readonly tokens: string[];
  /** What it answers from now on; `hang` never does. */
  answer: 200 | 500 | 'hang';
  close(): Promise<void>;
}

export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    receiver.tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
    if (receiver.answer !== 'hang') response.writeHead(receiver.answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: LogoutReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    tokens: [],
    answer: 200,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}
