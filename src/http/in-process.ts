import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { duplexPair } from 'node:stream';

/** Calls of this server's own endpoints that need no network: the issuer's address may lead nowhere from here. */
export interface InProcess {
  /** Takes requests for the issuer's origin only; everything it answers went through the whole stack. */
  readonly fetch: typeof fetch;
  /** Who answers. Until then every call fails. */
  serve(handler: RequestListener): void;
}

const LOOPBACK = '127.0.0.1';

/**
 * A pair of streams in the place of a connection (`duplexPair`, and the documented `connection` event of
 * `http.Server`): what goes through them is HTTP as any other.
 *
 * @param origin of the issuer.
 */
export function createInProcess(origin: string): InProcess {
  let handler: RequestListener | undefined;
  const server = createServer((request, response) => handler?.(request, response));
  const encrypted = origin.startsWith('https:');

  function call(request: Request, body: Buffer): Promise<Response> {
    const { pathname, search, host } = new URL(request.url);
    const [near, far] = duplexPair();
    // What a socket would say of itself, so that the call looks as if it came from this machine over the issuer's scheme.
    server.emit('connection', Object.assign(far, { encrypted, remoteAddress: LOOPBACK }));
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          method: request.method,
          path: pathname + search,
          headers: { ...Object.fromEntries(request.headers), host, 'content-length': body.length },
          createConnection: () => near,
          ...(request.signal ? { signal: request.signal } : {}),
        },
        (answer) => answered(answer).then(resolve, reject),
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  return {
    serve(by) {
      handler = by;
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (new URL(request.url).origin !== origin || !handler)
        throw new TypeError(`not an address of this server: ${new URL(request.url).origin}`);
      return call(request, Buffer.from(await request.arrayBuffer()));
    },
  };
}

async function answered(answer: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
    headers.append(answer.rawHeaders[i]!, answer.rawHeaders[i + 1]!);
  const status = answer.statusCode ?? 500;
  const empty = status === 204 || status === 304;
  return new Response(empty ? null : Buffer.concat(chunks), { status, headers });
}
