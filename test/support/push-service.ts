import { createECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PushSubscriptionRecord } from '../../src/devices/device.ts';
import { decryptPush, type ReceiverKeys } from './push-decryption.ts';
import { readVapid, refusalOf, type Vapid } from './push-rules.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/**
 * A push service on this machine: RFC 8030 over TLS. It judges as a strict real one does (`push-rules.ts`) and, where it
 * plays the user agent too, decrypts by RFC 8291 with the subscription's keys; else it hands over what it took.
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
  /** The decrypted payload; `undefined` when the checks refused the push before, or the user agent is elsewhere. */
  readonly payload: unknown;
  /** The plaintext with its padding spaces. */
  readonly plaintext: string;
  readonly vapid: Vapid | undefined;
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

/** A message a push service took, still encrypted. */
export interface TakenPush {
  readonly body: Buffer;
  readonly ttlS: number;
  readonly topic: string | undefined;
}

/** A subscription whose user agent is a real browser. */
export interface RelayedSubscription {
  readonly endpoint: string;
  /** The user agent is gone: from now on 410. */
  end(): void;
}

export interface PushService {
  /** Origin, e.g. `https://localhost:40123`. */
  readonly url: string;
  /** PEM to trust. */
  readonly ca: string;
  readonly received: ReceivedPush[];
  /** The section `push` of a configuration that lets a server reach it; the file it names is there until `stop`. */
  settings(): Promise<{ allowedHosts: string[]; allowPrivate: true; caFile: string }>;
  /** @param vapidKey base64url: binds the subscription to one server's key, as browsers do (RFC 8292 section 4). */
  createSubscription(vapidKey?: string): TestSubscription;
  /** @param deliver gets each message that was answered with 201, once it is. */
  relay(deliver: (message: TakenPush) => void, vapidKey?: string): RelayedSubscription;
  /** The next pushes are answered so, in order; they are still checked, decrypted and received. */
  answerNext(...answers: PushAnswer[]): void;
  /** Forgets what was received and which answers are still to be given. */
  forget(): void;
  /** Resolves once `count` pushes have come in all. */
  receivedCount(count: number): Promise<void>;
  stop(): Promise<void>;
}

interface Subscribed {
  readonly vapidKey: string | undefined;
  /** Either decrypts here, or delivers to the user agent. */
  readonly keys?: ReceiverKeys;
  readonly deliver?: (message: TakenPush) => void;
  over?: true;
}

/** @param hosts names in the certificate; `localhost` comes first. */
export async function startPushService(hosts: readonly string[] = []): Promise<PushService> {
  const { key, cert } = selfSignedCertificate(['localhost', '127.0.0.1', ...hosts]);
  const subscriptions = new Map<string, Subscribed>();
  const answers: PushAnswer[] = [];
  const received: ReceivedPush[] = [];
  const waiters = new Set<() => void>();
  const connections = new WeakMap<Socket, number>();
  let connectionCount = 0;
  let folder: string | undefined;

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
    else if (subscription.over) [status, refused] = [410, 'the subscription is over'];
    else if (typeof vapid === 'string') [status, refused] = [403, vapid];
    else [status, refused] = refusalOf(req.headers, body) ?? [status, refused];
    if (subscription?.keys && refused === undefined) {
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
    const answer = answers.shift() ?? { status, body: refused ?? '' };
    respond(res, answer, `${origin}/message/${received.length}`);
    if (refused === undefined && typeof answer === 'object' && answer.status === 201) {
      const topic = req.headers['topic'];
      subscription?.deliver?.({ body, ttlS: Number(req.headers['ttl']), topic: topic?.toString() });
    }
  }

  return {
    url,
    ca: cert,
    received,
    async settings() {
      folder ??= await mkdtemp(join(tmpdir(), 'countersign-push-'));
      const caFile = join(folder, 'ca.pem');
      await writeFile(caFile, cert);
      return { allowedHosts: ['localhost'], allowPrivate: true, caFile };
    },
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
    relay(deliver, vapidKey) {
      const path = `/push/${randomBytes(24).toString('base64url')}`;
      const subscribed: Subscribed = { deliver, vapidKey };
      subscriptions.set(path, subscribed);
      return {
        endpoint: url + path,
        end() {
          subscribed.over = true;
        },
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
      if (folder) await rm(folder, { recursive: true, force: true });
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

/** `getPrivateKey` drops leading zeros. */
function leftPad32(key: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(32 - key.length), key]);
}
