import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ServerRefused } from './refused.ts';
import { retryAfter } from './retry.ts';
import type { Endpoint, RedisTarget } from './url.ts';

/** What Sentinels publish when they give a master up, choose another, and when that one has taken over. */
const EVENTS = ['+odown', '+try-failover', '+switch-master'];
/** How long one Sentinel may take to answer, ms; then the others decide. */
const ANSWER_WITHIN_MS = 1000;
/** How long those that are slow still have once most have answered, ms. */
const STRAGGLERS_MS = 100;
/** Sentinels listened to at most, with those that the configured ones name. */
const MOST = 10;

/** The Sentinels of one installation, over one connection to each for as long as the process lives. */
export interface Sentinels {
  /**
   * Where the master is: of all that answer, who knows of the latest failover is right. A Sentinel that has not heard
   * of it yet names the old master, which may be back, take connections and call itself master.
   *
   * @throws ServerRefused while a failover is under way: what the old one takes now will be lost. Error when none can
   *   name the master.
   */
  master(): Promise<Endpoint>;
  close(): void;
}

interface Answer {
  readonly master: Endpoint;
  /** Of the configuration this Sentinel has: each failover that was carried out made the next. */
  readonly epoch: number;
  /** The master it names is given up and no other is there yet. */
  readonly failingOver: boolean;
  readonly others: readonly Endpoint[];
}

/** @param onMoved called when another master may take over or has: a Sentinel says so, or was out of reach. */
export function createSentinels(target: RedisTarget, onMoved: () => void): Sentinels {
  const clients = new Map<string, Redis>();
  let closed = false;

  function listenTo(sentinel: Endpoint): void {
    const client = new Redis({
      ...sentinel,
      connectionName: 'countersign',
      disableClientInfo: true,
      enableReadyCheck: false,
      connectTimeout: ANSWER_WITHIN_MS,
      commandTimeout: ANSWER_WITHIN_MS,
      socketTimeout: 2 * ANSWER_WITHIN_MS,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      retryStrategy: retryAfter,
      ...(target.sentinelUsername === null ? {} : { username: target.sentinelUsername }),
      ...(target.sentinelPassword === null ? {} : { password: target.sentinelPassword }),
      ...(target.tls ? { tls: {} } : {}),
    });
    client.on('error', () => {}); // who asks is told
    client.on('message', onMoved);
    // Heard from here on; what was said before this is found out by asking.
    client.on('ready', () => void client.subscribe(...EVENTS).then(onMoved, () => client.disconnect(true)));
    clients.set(nameOf(sentinel), client);
  }
  for (const sentinel of target.endpoints) listenTo(sentinel);

  function learn(answers: readonly Answer[]): void {
    if (closed || answers.length === 0) return;
    const named = new Map(
      [...target.endpoints, ...answers.flatMap(({ others }) => others)].map((one) => [nameOf(one), one]),
    );
    for (const [name, client] of clients) {
      if (named.has(name) || client.status === 'ready') continue;
      client.disconnect();
      clients.delete(name);
    }
    for (const [name, sentinel] of named) if (!clients.has(name) && clients.size < MOST) listenTo(sentinel);
  }

  async function master(): Promise<Endpoint> {
    const answers: Answer[] = [];
    let reason: unknown = new Error('no Sentinel answers');
    let most: () => void = () => {};
    const mostAnswered = new Promise<void>((resolve) => {
      most = resolve;
    });
    const asked = [...clients.values()];
    const all = asked.map(async (client) => {
      try {
        answers.push(await ask(client, target.master!));
      } catch (error) {
        reason = error;
      }
      if (2 * answers.length > asked.length) most();
    });
    await Promise.race([Promise.all(all), mostAnswered.then(() => delay(STRAGGLERS_MS))]);
    learn(answers);
    const latest = Math.max(...answers.map(({ epoch }) => epoch));
    const right = answers.filter(({ epoch }) => epoch === latest);
    if (!right[0]) throw reason;
    if (right.some(({ failingOver }) => failingOver))
      throw new ServerRefused('failover', 'a failover is under way');
    return right[0].master;
  }

  return {
    master,
    close() {
      closed = true;
      for (const client of clients.values()) client.disconnect();
    },
  };
}

async function ask(client: Redis, name: string): Promise<Answer> {
  // Sent together: the address of a promoted server is in the first answer only, its epoch in the second.
  const [address, state, sentinels] = await Promise.all([
    client.call('sentinel', 'get-master-addr-by-name', name),
    client.call('sentinel', 'master', name),
    client.call('sentinel', 'sentinels', name),
  ]);
  if (!Array.isArray(address)) throw new Error('a Sentinel does not know the master by that name');
  const [host, port] = address.map(String);
  const known = fields(state);
  const flags = (known['flags'] ?? '').split(',');
  const promoted = host !== known['ip'] || port !== known['port'];
  return {
    master: { host: host!, port: Number(port) },
    epoch: Number(known['config-epoch'] ?? 0),
    failingOver: !promoted && (flags.includes('o_down') || flags.includes('failover_in_progress')),
    others: (Array.isArray(sentinels) ? sentinels : [])
      .map(fields)
      .filter(({ flags = '', ip, port }) => ip && Number(port) > 0 && !/disconnected|_down/.test(flags))
      .map(({ ip, port }) => ({ host: ip!, port: Number(port) })),
  };
}

/** Names and values in turn. */
function fields(reply: unknown): Record<string, string | undefined> {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  return Object.fromEntries(
    Array.from({ length: Math.floor(flat.length / 2) }, (_, i) => [flat[2 * i], flat[2 * i + 1]]),
  );
}

const nameOf = ({ host, port }: Endpoint) => `${host}:${port}`;
