import { existsSync, statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readPolicyFile } from '../config/policy-file.ts';
import type { Config } from '../config/schema.ts';
import { parseDuration } from '../options/duration.ts';
import { readAssessed } from '../risk/assessed-event.ts';
import { explain } from '../risk/explain.ts';
import type { RiskPolicy } from '../risk/policy.ts';
import { createReplay, type Replay } from '../risk/replay.ts';
import type { Services } from '../services.ts';
import { riskPolicy } from '../settings.ts';
import { wantsJson, withServices } from './context.ts';
import { eventLines } from './event-files.ts';
import { CommandFailed, UsageWrong } from './output.ts';
import { sayExplanation, sayReplayed } from './risk-output.ts';

interface ExplainOptions {
  readonly event: string;
  readonly policy?: string;
}

interface ReplayOptions {
  readonly policy: string;
  readonly from?: readonly string[];
  /** ms. */
  readonly since: number;
  readonly examples: number;
}

const PAGE = 1000;
const DAY_MS = 86_400_000;

export function addRiskCommands(program: Command): void {
  const risk = program.command('risk').description('what a sign-in has to show, and why');

  risk
    .command('explain')
    .description('the signals of one sign-in, the rule that held, and why the others did not')
    .requiredOption(
      '--event <file|id>',
      'a file with the event risk.assessed (- for standard input), or the chain or request id of a sign-in in the store',
    )
    .option('--policy <file>', 'by the policy of this file, instead of the one of the configuration')
    .action((options: ExplainOptions, command: Command) => explainEvent(options, command));

  risk
    .command('replay')
    .description('run past sign-ins through a new policy, before it is turned on')
    .requiredOption('--policy <file>', 'file with the new section "policy:"')
    .addOption(
      new Option('--since <duration>', 'how far back').argParser(duration).default(30 * DAY_MS, '30d'),
    )
    .option('--from <file...>', 'files of events as JSON lines, instead of the store; - for standard input')
    .option('--examples <n>', 'how many sign-ins are shown of each change', few, 3)
    .action((options: ReplayOptions, command: Command) => replay(options, command));
}

function readPolicy(file: string): Config['policy'] {
  if (!existsSync(file)) throw new CommandFailed(`--policy ${file}: there is no such file`);
  if (statSync(file).isDirectory()) throw new CommandFailed(`--policy ${file}: is a folder, wanted a file`);
  return readPolicyFile(file, process.cwd());
}

const policyOfFile = (file: string): RiskPolicy => riskPolicy({ policy: readPolicy(file) });

/** What of a policy no event of the past can tell: an admin must not take silence for "changes nothing". */
function notReplayed({ requirePasskey, deviceFar }: Config['policy']): readonly string[] {
  return [
    ...(requirePasskey.length > 0
      ? ['policy.requirePasskey ("countersign report factors" says who has a passkey)']
      : []),
    ...(deviceFar === 'verify' ? ['policy.deviceFar (the events challenge.approved have "away")'] : []),
  ];
}

async function explainEvent({ event: named, policy: file }: ExplainOptions, command: Command): Promise<void> {
  const given = file === undefined ? undefined : policyOfFile(file);
  const fromFile = named === '-' || existsSync(named);
  // Only the store and the configuration's own policy need the configuration.
  if (fromFile && given) return tell(await eventOfFile(named), given);
  await withServices(command, async (services, config) => {
    const event = fromFile ? await eventOfFile(named) : await eventOfStore(services, named);
    tell(event, given ?? riskPolicy(config));
  });

  function tell(event: unknown, policy: RiskPolicy): void {
    const read = readAssessed(event);
    if (!read || 'unreadable' in read)
      throw new CommandFailed(`${named}: ${read ? read.unreadable : 'not an event risk.assessed'}`);
    sayExplanation(wantsJson(command), read.assessed, explain(policy, read.assessed));
  }
}

/** The last assessment in the file. */
async function eventOfFile(file: string): Promise<unknown> {
  let found: unknown;
  let broken: string | undefined;
  for await (const line of eventLines([file])) {
    if ('broken' in line) broken ??= line.broken;
    else if ((line.event as { type: unknown }).type === 'risk.assessed') found = line.event;
  }
  if (found === undefined)
    throw new CommandFailed(broken ?? `${file}: there is no event risk.assessed in it`);
  return found;
}

async function eventOfStore({ audit }: Services, id: string): Promise<unknown> {
  let found: unknown;
  for (let after: string | undefined; ; ) {
    const page = await audit.read(
      { category: 'sign-in' },
      { limit: PAGE, ...(after === undefined ? {} : { after }) },
    );
    for (const { event } of page.events)
      if (event.type === 'risk.assessed' && (event.chain === id || event.requestId === id)) found = event;
    if (page.events.length === 0) break;
    after = page.after;
  }
  if (found === undefined)
    throw new CommandFailed(
      `no sign-in with the chain or request id ${JSON.stringify(id)} was assessed; "countersign events" shows both, and a file has to be there`,
    );
  return found;
}

async function replay(options: ReplayOptions, command: Command): Promise<void> {
  const policy = readPolicy(options.policy);
  const run = createReplay(riskPolicy({ policy }));
  if (options.from) await takeFiles(run, options.from, Date.now() - options.since);
  else await withServices(command, (services) => takeStore(run, services, options.since));
  const result = run.result({ examples: options.examples });
  if (result.signIns === 0) {
    const where = options.from ? options.from.join(', ') : 'the store';
    const why =
      result.firstUnreadable === undefined ? '' : `; ${result.unreadable} broken: ${result.firstUnreadable}`;
    throw new CommandFailed(
      `${where}: no sign-in was assessed in that time (${result.events} events read${why})`,
    );
  }
  sayReplayed(wantsJson(command), { ...result, notReplayed: notReplayed(policy) });
}

async function takeFiles(run: Replay, files: readonly string[], sinceMs: number): Promise<void> {
  if (new Set(files).size !== files.length) throw new UsageWrong('--from: each file once');
  for await (const line of eventLines(files)) {
    if ('broken' in line) run.broken(line.broken);
    else if (Number((line.event as { at?: unknown }).at) >= sinceMs) run.take(line.event);
  }
}

async function takeStore(run: Replay, { audit, store }: Services, since: number): Promise<void> {
  const sinceMs = (await store.now()) - since;
  for (let after: string | undefined; ; ) {
    const from = after === undefined ? {} : { after };
    const page = await audit.read({ category: 'sign-in' }, { sinceMs, limit: PAGE, ...from });
    if (page.events.length === 0) return;
    for (const { event } of page.events) run.take(event);
    after = page.after;
  }
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || !/[a-z]$/.test(text))
    throw new InvalidArgumentError('A duration such as 24h or 30d is wanted.');
  return ms;
}

function few(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('A number from 0 to 999 is wanted.');
  return Number(text);
}
