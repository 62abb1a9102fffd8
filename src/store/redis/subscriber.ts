import type { Redis } from 'ioredis';

/** How often a silent subscription is asked whether it still lives, ms; one small command a process. */
const PING_EVERY_MS = 10_000;
const RETRY_MS = [50, 100, 200, 400, 1000];

export interface Subscriber {
  close(): void;
}

/**
 * A connection of its own that hears one channel, for as long as the process lives. Each is connected and ready
 * before it subscribes, and is replaced when it breaks.
 *
 * @param create makes an unconnected connection that does not reconnect by itself; each time it may choose another server.
 * @param onGap called each time the channel is heard again after a break, in which messages may have been missed.
 * @throws whatever ioredis throws when the first connection fails.
 */
export async function subscribe(
  create: () => Redis,
  channel: string,
  onMessage: (message: string) => void,
  onGap: () => void,
): Promise<Subscriber> {
  let current: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function attach(): Promise<void> {
    const redis = create();
    current = redis;
    try {
      await redis.connect();
      await redis.subscribe(channel);
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    redis.on('message', (_channel, message) => onMessage(message));
    const ping = setInterval(() => {
      redis.ping().catch(() => redis.disconnect());
    }, PING_EVERY_MS);
    ping.unref();
    redis.once('end', () => {
      clearInterval(ping);
      retry(0);
    });
    if (redis.status === 'end') retry(0);
    if (closed) redis.disconnect();
  }

  function retry(attempt: number): void {
    if (closed || timer) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        if (closed) return;
        attach().then(onGap, () => retry(attempt + 1));
      },
      RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)],
    );
  }

  await attach();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      current?.disconnect();
    },
  };
}
