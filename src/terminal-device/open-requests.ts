import type { ChallengeMessage, PendingMessage } from '../protocol/messages.ts';

/** One request this device knows of; `signal` aborts when it is over, whoever ended it. */
export interface OpenRequest {
  readonly challenge: ChallengeMessage;
  readonly signal: AbortSignal;
}

export interface OpenRequests {
  /** Takes the server's list over; returns the requests that are new. */
  sync(message: PendingMessage): readonly ChallengeMessage[];
  /** The next one to show, waiting for it; `undefined` when `signal` aborts. */
  next(signal: AbortSignal): Promise<OpenRequest | undefined>;
  /** Shows it again later, e.g. because its answer did not arrive. */
  again(id: string): void;
  /** This device is through with it. */
  done(id: string): void;
  /** How many are not over. */
  readonly size: number;
  clear(): void;
}

interface Entry extends OpenRequest {
  readonly end: AbortController;
  readonly timer: NodeJS.Timeout;
}

/** Several requests at once, shown one after the other, each ending by itself when its time is up. */
export function createOpenRequests(): OpenRequests {
  const entries = new Map<string, Entry>();
  /** Answered, but perhaps still listed by a poll that was under way. */
  const answered = new Set<string>();
  let queue: string[] = [];
  let wake: (() => void) | undefined;

  function drop(id: string): void {
    const entry = entries.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    entries.delete(id);
    entry.end.abort();
  }

  function add(challenge: ChallengeMessage, lifeMs: number): void {
    const end = new AbortController();
    const timer = setTimeout(() => drop(challenge.id), lifeMs);
    timer.unref();
    entries.set(challenge.id, { challenge, signal: end.signal, end, timer });
    queue.push(challenge.id);
    wake?.();
  }

  return {
    sync({ challenges, server_time }) {
      const listed = new Set(challenges.map((c) => c.id));
      for (const id of entries.keys()) if (!listed.has(id)) drop(id);
      for (const id of answered) if (!listed.has(id)) answered.delete(id);
      const fresh = challenges.filter(
        (c) => !entries.has(c.id) && !answered.has(c.id) && c.exp > server_time,
      );
      for (const challenge of fresh) add(challenge, (challenge.exp - server_time) * 1000);
      return fresh;
    },
    async next(signal) {
      while (!signal.aborted) {
        const id = queue.shift();
        const entry = id === undefined ? undefined : entries.get(id);
        if (entry) return entry;
        if (id === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
      }
      return undefined;
    },
    again(id) {
      queue.push(id);
      wake?.();
    },
    done(id) {
      answered.add(id);
      drop(id);
    },
    get size() {
      return entries.size;
    },
    clear() {
      for (const id of [...entries.keys()]) drop(id);
      queue = [];
    },
  };
}
