import type { Cluster, Redis } from 'ioredis';
import { StoreUnavailable } from '../errors.ts';
import { reasonIn } from './reason.ts';
import { ServerRefused } from './refused.ts';

export type Connection = Redis | Cluster;

const problems = new WeakMap<Connection, Error>();

/** Remembers why a connection is not there, until it is; without a listener ioredis would print errors to the console. */
export function noteProblems(connection: Connection): void {
  const note = (error: Error) => noteProblem(connection, error);
  connection.on('error', note);
  connection.on('node error', note);
  connection.on('ready', () => void problems.delete(connection));
}

/** ioredis says only that there is no connection; why is another question. */
const NOT_CONNECTED = /isn't writeable|Connection is closed|max retries per request|None of startup nodes/;

/** Why a connection is about to be given up. */
export function noteProblem(connection: Connection, error: Error): void {
  problems.set(connection, error);
}

/**
 * Every failure as `StoreUnavailable`. Only the message travels: ioredis hangs the command with its values on the
 * error, `AUTH` with its password too, and some of Redis's messages repeat arguments.
 *
 * @param connection which failed; its last problem says more than that it is not there.
 */
export function unavailable(error: unknown, connection?: Connection): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const said = messageOf(error);
  const problem = connection && NOT_CONNECTED.test(said) ? problems.get(connection) : undefined;
  const told = problem ? `${messageOf(problem)} (${said})` : said;
  const cause = problem ?? error;
  const reason = cause instanceof ServerRefused ? cause.reason : reasonIn(messageOf(cause));
  return new StoreUnavailable(`redis: ${told.slice(0, 200)}`, { reason });
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || (error as { code?: string }).code : undefined;
  return (message ?? String(error)).split(', with args')[0]!;
}
