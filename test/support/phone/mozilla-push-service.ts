import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import {
  type PushService,
  type RelayedSubscription,
  startPushService,
  type TakenPush,
} from '../push-service.ts';
import { Arrivals } from './arrivals.ts';
import { DeliveryPlan } from './delivery.ts';

/**
 * Mozilla's push service for a real Firefox: it speaks the WebSocket protocol of `dom.push.serverURL`, and its
 * endpoints take the provider's POSTs over TLS (`posts`). Like the real one it keeps what was not acknowledged, within
 * its TTL, for the next connection, and a newer message of a topic replaces an older one.
 */

const fromBrowser = z.discriminatedUnion('messageType', [
  z.object({ messageType: z.literal('hello'), uaid: z.string().optional() }),
  z.object({ messageType: z.literal('register'), channelID: z.string(), key: z.string().optional() }),
  z.object({ messageType: z.literal('unregister'), channelID: z.string(), code: z.number().optional() }),
  z.object({
    messageType: z.literal('ack'),
    updates: z.array(z.object({ channelID: z.string(), version: z.string(), code: z.number().optional() })),
  }),
]);

type FromBrowser = z.output<typeof fromBrowser>;

/** What Firefox says of a message it got: 100 delivered, 101 not decrypted, 102 not delivered (seen before, or no worker). */
export interface Ack {
  readonly channelID: string;
  readonly version: string;
  readonly code?: number | undefined;
}

interface Kept {
  readonly version: string;
  readonly topic: string | undefined;
  readonly until: number;
  readonly message: string;
}

interface Channel {
  readonly id: string;
  uaid: string;
  readonly subscription: RelayedSubscription;
  kept: Kept[];
}

export class MozillaPushService {
  readonly kind = 'mozilla';
  /** The half the provider sees. */
  readonly posts: PushService;
  readonly plan = new DeliveryPlan();
  readonly acks = new Arrivals<Ack>('acknowledgement');
  /** Channels that the browser gave up, with its reason's code. */
  readonly unregistered = new Arrivals<{ channelID: string; code?: number | undefined }>('unregister');
  /** The first word of each connection, with the name the browser gave itself. */
  readonly hellos = new Arrivals<{ uaid: string | undefined }>('hello');
  /** What `dom.push.serverURL` is set to. */
  readonly url: string;

  private readonly sockets: WebSocketServer;
  private readonly channels = new Map<string, Channel>();
  private readonly connected = new Map<string, WebSocket>();
  private strange = false;

  private constructor(posts: PushService, sockets: WebSocketServer, url: string) {
    this.posts = posts;
    this.sockets = sockets;
    this.url = url;
    sockets.on('connection', (socket) => this.talk(socket));
  }

  static async start(): Promise<MozillaPushService> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = new WebSocketServer({ server });
    sockets.once('close', () => server.close());
    const url = `ws://localhost:${(server.address() as AddressInfo).port}/`;
    return new MozillaPushService(await startPushService(), sockets, url);
  }

  /** The endpoint as the browser names it is where the provider reaches us. */
  reachable(endpoint: string): string {
    return endpoint;
  }

  /** Endpoints of the subscriptions there are. */
  endpoints(): string[] {
    return [...this.channels.values()].map(({ subscription }) => subscription.endpoint);
  }

  /** Breaks every connection, as a phone in a tunnel does; Firefox connects again by itself. */
  dropConnections(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  /** From the next connection on no browser is known: its subscriptions are gone (`pushsubscriptionchange`). */
  forgetBrowsers(): void {
    this.strange = true;
    for (const { subscription } of this.channels.values()) subscription.end();
    this.channels.clear();
    this.dropConnections();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => this.sockets.close(resolve));
    await this.posts.stop();
  }

  private talk(socket: WebSocket): void {
    let uaid = '';
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.connected.get(uaid) === socket) this.connected.delete(uaid);
    });
    socket.on('message', (data) => {
      const text = data.toString();
      if (text === '{}') return socket.send('{}'); // the browser's ping
      const parsed = fromBrowser.safeParse(JSON.parse(text));
      // Broadcasts and whatever else is of no use here.
      if (!parsed.success) return;
      if (parsed.data.messageType === 'hello') uaid = this.greet(socket, parsed.data.uaid);
      else this.obey(socket, uaid, parsed.data);
    });
  }

  private greet(socket: WebSocket, named: string | undefined): string {
    const uaid = named === undefined || this.strange ? randomBytes(16).toString('hex') : named;
    this.strange = false;
    this.connected.set(uaid, socket);
    reply(socket, { messageType: 'hello', status: 200, uaid, use_webpush: true, broadcasts: {} });
    this.hellos.add({ uaid: named });
    for (const channel of this.channels.values()) {
      if (channel.uaid !== uaid) continue;
      channel.kept = channel.kept.filter(({ until }) => until > Date.now());
      for (const { message } of channel.kept) socket.send(message);
    }
    return uaid;
  }

  private obey(socket: WebSocket, uaid: string, said: Exclude<FromBrowser, { messageType: 'hello' }>): void {
    if (said.messageType === 'ack') {
      for (const ack of said.updates) {
        const channel = this.channels.get(ack.channelID);
        if (channel) channel.kept = channel.kept.filter(({ version }) => version !== ack.version);
        this.acks.add(ack);
      }
      return;
    }
    const { messageType, channelID } = said;
    if (said.messageType === 'register') {
      const key = said.key?.replace(/=+$/, ''); // Firefox pads it
      const subscription = this.posts.relay((push) => this.take(channelID, push), key);
      this.channels.set(channelID, { id: channelID, uaid, subscription, kept: [] });
      const pushEndpoint = subscription.endpoint;
      reply(socket, { messageType, channelID, status: 200, pushEndpoint });
      return;
    }
    this.channels.get(channelID)?.subscription.end();
    this.channels.delete(channelID);
    this.unregistered.add({ channelID, code: said.code });
    reply(socket, { messageType, channelID, status: 200 });
  }

  private take(channelID: string, { body, ttlS, topic }: TakenPush): void {
    this.plan.take((version) => {
      const channel = this.channels.get(channelID);
      if (!channel) return;
      const message = JSON.stringify({
        messageType: 'notification',
        channelID,
        version,
        data: body.toString('base64url'),
        headers: { encoding: 'aes128gcm' },
      });
      const kept = { version, topic, until: Date.now() + ttlS * 1000, message };
      const replaced = (one: Kept) => one.version === version || (topic !== undefined && one.topic === topic);
      channel.kept = [...channel.kept.filter((one) => !replaced(one)), kept];
      this.connected.get(channel.uaid)?.send(message);
    });
  }
}

function reply(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
