import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type PushService, type RelayedSubscription, startPushService } from '../push-service.ts';
import { selfSignedCertificate } from '../self-signed-certificate.ts';
import { Arrivals } from './arrivals.ts';
import { DeliveryPlan } from './delivery.ts';
import { type DataMessage, McsConnection } from './mcs-connection.ts';
import { field, fixed64 } from './protobuf.ts';

/**
 * Google's push service for a real Chromium: check-in, registration, and MCS over TLS. Chromium writes an address of
 * Google's into its subscriptions whatever it was told; `reachable` says where the provider really reaches this one.
 */

interface Registration {
  readonly subscription: RelayedSubscription;
}

export class ChromiumPushService {
  readonly kind = 'chromium';
  readonly posts: PushService;
  readonly plan = new DeliveryPlan();
  readonly logins = new Arrivals<number>('login');
  /** What Chromium is started with. */
  readonly flags: readonly string[];

  private readonly web: Server;
  private readonly mcs: TlsServer;
  private readonly registered = new Map<string, Registration>();
  private readonly sockets = new Set<TLSSocket>();
  private connection: McsConnection | undefined;
  private waiting: DataMessage[] = [];

  private constructor(posts: PushService, web: Server, mcs: TlsServer, spki: string) {
    this.posts = posts;
    this.web = web;
    this.mcs = mcs;
    const port = (server: Server | TlsServer) => (server.address() as AddressInfo).port;
    this.flags = [
      `--gcm-checkin-url=http://localhost:${port(web)}/checkin`,
      `--gcm-registration-url=http://localhost:${port(web)}/register3`,
      `--gcm-mcs-endpoint=https://localhost:${port(mcs)}`,
      `--ignore-certificate-errors-spki-list=${spki}`,
    ];
    mcs.on('secureConnection', (socket: TLSSocket) => this.talk(socket));
    mcs.on('tlsClientError', () => {});
  }

  static async start(): Promise<ChromiumPushService> {
    const certificate = selfSignedCertificate(['localhost']);
    const web = createServer();
    const mcs = createTlsServer({ key: certificate.key, cert: certificate.cert });
    for (const server of [web, mcs]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const { publicKey } = new X509Certificate(certificate.cert);
    const spki = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    const service = new ChromiumPushService(await startPushService(), web, mcs, spki);
    web.on('request', (request: IncomingMessage, response) => {
      service.answer(request).then(
        (body) => response.end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    return service;
  }

  /** @param endpoint as the browser names it. @throws Error for one that was not given out here. */
  reachable(endpoint: string): string {
    const found = this.registered.get(endpoint.split('/').at(-1) ?? '');
    if (!found) throw new Error(`no subscription of this service: ${endpoint}`);
    return found.subscription.endpoint;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    this.web.closeAllConnections();
    for (const server of [this.web, this.mcs]) await new Promise((resolve) => server.close(resolve));
    await this.posts.stop();
  }

  private async answer(request: IncomingMessage): Promise<string | Buffer> {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    if (request.url?.startsWith('/checkin')) {
      return Buffer.concat([
        field(1, 1),
        field(3, Date.now()),
        fixed64(7, 1_234_567n),
        fixed64(8, 7_654_321n),
      ]);
    }
    const token = randomBytes(24).toString('base64url');
    const subtype = form.get('X-subtype');
    const [app, sender] = [form.get('app') ?? '', form.get('sender') ?? ''];
    if (subtype !== null && form.get('delete') === null) {
      const subscription = this.posts.relay(({ body }) => {
        this.plan.take((id) => this.send({ id, sender, app, subtype, body }));
      }, sender);
      this.registered.set(token, { subscription });
    }
    return `token=${token}`;
  }

  private talk(socket: TLSSocket): void {
    this.sockets.add(socket);
    const mine = new McsConnection(socket, (connection) => {
      this.connection = connection;
      this.logins.add(this.logins.all.length + 1);
      const { waiting } = this;
      this.waiting = [];
      for (const message of waiting) connection.send(message);
    });
    socket.on('close', () => {
      this.sockets.delete(socket);
      if (this.connection === mine) this.connection = undefined;
    });
  }

  private send(message: DataMessage): void {
    if (this.connection) this.connection.send(message);
    else this.waiting.push(message);
  }
}
