import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { PushSubscriptionRecord } from '../../src/devices/device.ts';
import { decryptPush, type ReceiverKeys } from './push-decryption.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/**
 * A push service on this machine: RFC 8030 over TLS. It judges as a strict real one does (VAPID by RFC 8292, TTL,
 * size, coding) and, since it plays the user agent too, decrypts by RFC 8291 with the subscription's keys.
 */

/** How to answer one push; by default 201, or what the checks demand. */
export type PushAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** Takes the request and never answers. */
  | 'hang'
  /** 201 at once, then a body that drips and does not end. */
  | 'slow-body'
  /** Closes the connection without an answer. */
  | 'reset';

export interface ReceivedPush {
  readonly path: string;
  readonly endpoint: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The decrypted payload; `undefined` when the checks refused the push before. */
  readonly payload: unknown;
  /** The plaintext with its padding spaces. */
  readonly plaintext: string;
  readonly vapid: { readonly aud: string; readonly exp: number; readonly sub: string } | undefined;
  /** Why the checks refused it. */
  readonly refused: string | undefined;
  /** Which TCP connection it came on, counted from 1. */
  readonly connection: number;
}

export interface TestSubscription {
  readonly record: PushSubscriptionRecord;
  readonly keys: ReceiverKeys;
  decrypt(body: Buffer): unknown;
}

export interface PushService {
  /** Origin, e.g. `https://localhost:40123`. */
  readonly url: string;
  /** PEM to trust. */
  readonly ca: string;
  readonly received: ReceivedPush[];
  /** @param vapidKey base64url: binds the subscription to one server's key, as browsers do (RFC 8292 section 4). */
  createSubscription(vapidKey?: string): TestSubscription;
  /** The next pushes are answered so, in order; they are still checked, decrypted and received. */
  answerNext(...answers: PushAnswer[]): void;
  /** Forgets what was received and which answers are still to be given. */
  forget(): void;
  /** Resolves once `count` pushes have come in all. */
  receivedCount(count: number): Promise<void>;
  stop(): Promise<void>;
}

const CLOCK_SKEW_S = 60;

/** @param hosts names in the certificate; `localhost` comes first. */
export async function startPushService(hosts: readonly string[] = []): Promise<PushService> {
  const { key, cert } = selfSignedCertificate(['localhost', '127.0.0.1', ...hosts]);
  const subscriptions = new Map<string, { keys: ReceiverKeys; vapidKey: string | undefined }>();
  const answers: PushAnswer[] = [];
  const received: ReceivedPush[] = [];
  const waiters = new Set<() => void>();
  const connections = new WeakMap<Socket, number>();
  let connectionCount = 0;

  const server = createServer({ key, cert }, (req, res) => {
    take(req, res).catch((error: unknown) => {
      res.writeHead(500).end(String(error));
    });
  });
  server.on('secureConnection', (socket) => {
    connections.set(socket, ++connectionCount);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = Buffer.concat(await req.toArray());
    const path = req.url ?? '';
    const subscription = subscriptions.get(path);
    const origin = `https://${req.headers.host}`;
    const vapid = readVapid(req.headers.authorization, origin, subscription?.vapidKey);
    let status = 201;
    let refused: string | undefined;
    let plaintext = '';
    if (req.method !== 'POST') [status, refused] = [405, 'only POST'];
    else if (!subscription) [status, refused] = [404, 'no such subscription'];
    else if (typeof vapid === 'string') [status, refused] = [403, vapid];
    else if (!/^\d+$/.test(String(req.headers['ttl']))) [status, refused] = [400, 'no TTL'];
    else if (!/^(very-low|low|normal|high)$/.test(String(req.headers['urgency'] ?? 'normal')))
      [status, refused] = [400, 'bad Urgency'];
    else if (!/^[\w-]{1,32}$/.test(String(req.headers['topic'] ?? 'x')))
      [status, refused] = [400, 'bad Topic'];
    else if (req.headers['content-encoding'] !== 'aes128gcm') [status, refused] = [400, 'bad coding'];
    else if (body.length > 4096) [status, refused] = [413, 'over 4,096 bytes'];
    else {
      try {
        plaintext = decryptPush(body, subscription.keys).toString();
      } catch (error) {
        refused = `the user agent cannot decrypt it: ${String(error)}`;
      }
    }
    received.push({
      path,
      endpoint: origin + path,
      headers: req.headers,
      body,
      payload: plaintext === '' ? undefined : JSON.parse(plaintext),
      plaintext,
      vapid: typeof vapid === 'string' ? undefined : vapid,
      refused,
      connection: connections.get(req.socket) ?? 0,
    });
    for (const wake of waiters) wake();
    respond(res, answers.shift() ?? { status, body: refused ?? '' }, `${origin}/message/${received.length}`);
  }

  return {
    url,
    ca: cert,
    received,
    createSubscription(vapidKey) {
      const ecdh = createECDH('prime256v1');
      const publicKey = ecdh.generateKeys();
      const keys: ReceiverKeys = {
        privateKey: leftPad32(ecdh.getPrivateKey()),
        publicKey,
        auth: randomBytes(16),
      };
      const path = `/push/${randomBytes(24).toString('base64url')}`;
      subscriptions.set(path, { keys, vapidKey });
      return {
        record: {
          endpoint: url + path,
          keys: { p256dh: publicKey.toString('base64url'), auth: keys.auth.toString('base64url') },
        },
        keys,
        decrypt: (body) => JSON.parse(decryptPush(body, keys).toString()),
      };
    },
    answerNext(...next) {
      answers.push(...next);
    },
    forget() {
      received.length = 0;
      answers.length = 0;
    },
    async receivedCount(count) {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiters.delete(wake);
            resolve();
          };
          waiters.add(wake);
        });
      }
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function respond(res: ServerResponse, answer: PushAnswer, location: string): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    res.socket?.destroy();
    return;
  }
  if (answer === 'slow-body') {
    res.writeHead(201, { location });
    const drip = setInterval(() => res.write('.'), 50);
    res.on('close', () => clearInterval(drip));
    return;
  }
  const { status, headers, body = '' } = answer;
  res.writeHead(status, { ...(status === 201 ? { location } : {}), ...headers }).end(body);
}

/** RFC 8292 sections 2 and 3; a string says what is wrong. */
function readVapid(field: string | undefined, origin: string, boundKey: string | undefined) {
  const [, token, k] = field?.match(/^vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)$/) ?? [];
  if (token === undefined || k === undefined) return 'no VAPID';
  if (boundKey !== undefined && k !== boundKey) return 'not the key the subscription is bound to';
  const point = Buffer.from(k, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return 'k is no uncompressed P-256 key';
  const [header = '', payload = '', signature = ''] = token.split('.');
  const key = createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
  const signed = Buffer.from(`${header}.${payload}`);
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'ES256') return 'alg is not ES256';
  if (!verify('sha256', signed, options, Buffer.from(signature, 'base64url'))) return 'bad VAPID signature';
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const { aud, exp, sub } = claims as { aud: string; exp: number; sub: string };
  const now = Date.now() / 1000;
  if (aud !== origin) return `aud is ${aud}, wanted ${origin}`;
  if (!(exp > now - CLOCK_SKEW_S)) return 'the token is over';
  if (!(exp <= now + 86_400 + CLOCK_SKEW_S)) return 'exp is more than 24 h ahead';
  if (!/^(mailto:|https:)/.test(sub)) return 'no contact in sub';
  return { aud, exp, sub };
}

/** `getPrivateKey` drops leading zeros. */
function leftPad32(key: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(32 - key.length), key]);
}
