import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** How long a client may take to send a whole request, ms. */
  readonly requestTimeoutMs: number;
}

/** TLS 1.3, and of TLS 1.2 only what is forward secret and authenticated: Node's own list fails FAPI 2.0. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

/** @throws Error in words when the address cannot be listened on. */
export async function listen(options: ListenOptions, handler: http.RequestListener): Promise<http.Server> {
  const { host, port, tls, requestTimeoutMs } = options;
  // Node looks every 30 s by itself, which would leave a socket that trickles open for twice its time.
  const looks = { connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs) };
  const server = tls
    ? https.createServer(
        {
          ...looks,
          cert: readFileSync(tls.certFile),
          key: readFileSync(tls.keyFile),
          minVersion: 'TLSv1.2',
          ciphers: CIPHERS,
        },
        handler,
      )
    : http.createServer(looks, handler);
  // A body that trickles in is cut off (F24); a parked poll has sent all of its request.
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = Math.min(requestTimeoutMs, 20_000);
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(inWords(error, host, port)));
    server.listen(port, host, resolve);
  });
  return server;
}

function inWords(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(`http.port: ${port} on ${host} is in use by another process; choose another port`);
    case 'EACCES':
      return new Error(`http.port: ${port} may not be used by this user; choose one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(`http.host: ${host} is no address of this machine`);
    default:
      return error;
  }
}
