import type { Redis } from 'ioredis';

type Stream = Redis['stream'];

/**
 * Commands of one turn of the event loop leave in one write: ioredis writes each by itself, and a system call with
 * the wake-up of another process behind it costs as much as all else about a small command.
 */
export function gatherWrites(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const release = () => stream.uncork();
    stream.write = ((...args: unknown[]) => {
      if (stream.writableCorked === 0) {
        stream.cork();
        process.nextTick(release);
      }
      return write(...args);
    }) as Stream['write'];
  });
}
