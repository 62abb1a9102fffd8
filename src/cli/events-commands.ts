import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditCursors, AuditRecord } from '../audit/audit.ts';
import { parseDuration } from '../options/duration.ts';
import type { Services } from '../services.ts';
import type { StoredEvent } from '../store/port.ts';
import { accountNamed, wantsJson, withServices } from './context.ts';
import { printable, time } from './output.ts';

interface EventsOptions {
  readonly follow?: boolean;
  readonly user?: string;
  /** ms. */
  readonly since?: number;
}

const LOOK_EVERY_MS = 500;
const PAGE = 500;
const DAY_MS = 86_400_000;

export function addEventsCommand(program: Command): void {
  program
    .command('events')
    .description('what happened: sign-ins, devices, changes by admins')
    .option('-f, --follow', 'go on and print what comes')
    .option('--user <name>', 'of one person only')
    .option(
      '--since <duration>',
      'how far back, such as 1h (default: 24h, with --follow only what comes)',
      since,
    )
    .action((options: EventsOptions, command: Command) =>
      withServices(command, (services) => events(services, options, wantsJson(command))),
    );
}

type Reader = () => Promise<readonly StoredEvent<AuditRecord>[]>;

async function events(services: Services, options: EventsOptions, json: boolean): Promise<void> {
  const back = options.since ?? (options.follow ? 0 : DAY_MS);
  const sinceMs = (await services.store.now()) - back;
  const next =
    options.user === undefined ? all(services, sinceMs) : await ofUser(services, options.user, sinceMs);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  do {
    for (let page = await next(); page.length > 0; page = await next()) {
      for (const { event } of page) process.stdout.write(`${json ? JSON.stringify(event) : line(event)}\n`);
    }
    if (options.follow) await delay(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
  } while (options.follow && !stop.signal.aborted);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupt);
}

function all({ audit }: Services, sinceMs: number): Reader {
  let after: AuditCursors = {};
  return async () => {
    const page = await audit.readAll({ after, sinceMs, limit: PAGE });
    after = page.after;
    return page.events;
  };
}

async function ofUser(services: Services, name: string, sinceMs: number): Promise<Reader> {
  const { sub: account } = await accountNamed(services, name);
  const logs = [{ account }, { attempts: account }].map((of) => ({
    of,
    after: undefined as string | undefined,
  }));
  return async () => {
    const pages = await Promise.all(
      logs.map(async (log) => {
        const from = log.after === undefined ? {} : { after: log.after };
        const page = await services.audit.read(log.of, { ...from, sinceMs, limit: PAGE });
        log.after = page.after;
        return page.events;
      }),
    );
    return pages.flat().sort((a, b) => a.at - b.at);
  };
}

/** `2026-11-24 23:51:06 UTC  password.rejected  account=… known=false`. */
function line({ at, type, v: _v, ...fields }: AuditRecord): string {
  const rest = Object.entries(fields).map(
    ([field, value]) =>
      `${field}=${printable(typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value))}`,
  );
  return [time(at), type, rest.join(' ')].join('  ');
}

function since(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || !/[a-z]$/.test(text)) {
    throw new InvalidArgumentError('A duration such as 30min, 1h or 7d is wanted.');
  }
  return ms;
}
