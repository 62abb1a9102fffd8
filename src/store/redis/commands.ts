import { setTimeout as delay } from 'node:timers/promises';
import type { ChainableCommander } from 'ioredis';
import { StoreUnavailable } from '../errors.ts';
import { ServerRefused } from './refused.ts';
import type { Script } from './scripts.ts';
import { type Connection, unavailable } from './unavailable.ts';

type Argument = string | number;

/** Runs scripts, loading one where the server does not know it yet. Rejects with `StoreUnavailable` only. */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
) => Promise<unknown>;

export function scriptRunner(connection: Connection): RunScript {
  return async (script, keys, args) => {
    try {
      try {
        return await connection.evalsha(script.sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!isNoScript(error)) throw error;
        return await connection.eval(script.lua, keys.length, ...keys, ...args);
      }
    } catch (error) {
      throw unavailable(error, connection);
    }
  };
}

export interface Wait {
  /** How many replicas must have a write before it is acknowledged. */
  readonly replicas: number;
  readonly timeoutMs: number;
}

/**
 * As `scriptRunner`, and each write waits for replicas (Redis `WAIT`). The connection must be used for nothing else:
 * everything on it queues behind the waiting (F17: a shortfall is a failure, though the write may stand).
 */
export function waitingRunner(connection: Connection, { replicas, timeoutMs }: Wait): RunScript {
  const attempt = async (add: (pipeline: ChainableCommander) => ChainableCommander): Promise<unknown> => {
    const [written, waited] = (await add(connection.pipeline()).wait(replicas, timeoutMs).exec()) ?? [];
    if (written?.[0]) throw written[0];
    if (!waited || waited[0]) throw waited?.[0] ?? new Error('no answer to WAIT');
    if (Number(waited[1]) < replicas) {
      throw new StoreUnavailable(`redis: ${waited[1]} of ${replicas} replicas have the write`, {
        reason: 'replicas',
      });
    }
    return written?.[1];
  };
  return async (script, keys, args) => {
    try {
      return await attempt((pipeline) => pipeline.evalsha(script.sha, keys.length, ...keys, ...args));
    } catch (error) {
      if (!isNoScript(error)) throw unavailable(error, connection);
    }
    try {
      return await attempt((pipeline) => pipeline.eval(script.lua, keys.length, ...keys, ...args));
    } catch (error) {
      throw unavailable(error, connection);
    }
  };
}

/** A client goes on trying for ever; at start somebody waits for the answer. */
const CONNECT_WITHIN_MS = 10_000;

/**
 * Connects and waits until commands can be sent.
 *
 * @throws Error with the reason of the last attempt when that takes longer than ten seconds, and at once for a server
 *   that evicts keys.
 */
export async function connect(connection: Connection): Promise<void> {
  let reason: Error | undefined;
  let refuse: (refusal: Error) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  const note = (error: Error) => {
    reason = error;
    if (error instanceof ServerRefused && error.reason === 'eviction') refuse(error);
  };
  connection.on('error', note);
  connection.on('node error', note);
  const within = new AbortController();
  try {
    const late = delay(CONNECT_WITHIN_MS, undefined, { signal: within.signal }).then(() => {
      throw new Error(`not ready within ${CONNECT_WITHIN_MS / 1000} s`);
    });
    await Promise.race([late, refused, connection.connect()]);
  } catch (error) {
    throw reason ?? error;
  } finally {
    within.abort();
    connection.off('error', note);
    connection.off('node error', note);
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
