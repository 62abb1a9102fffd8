import { mkdirSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Challenge } from '../approval/challenge.ts';
import { chainOf } from '../approval/decide.ts';
import { createDeviceClient } from '../protocol/device-client.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { confirmed, enrolTerminal, type Invitation } from '../terminal-device/enrol.ts';
import { readKeyFile } from '../terminal-device/key-file.ts';
import { isLoopbackIssuer } from '../terminal-device/loopback.ts';
import { nobleKey } from '../terminal-device/noble-key.ts';
import { keepOfflineSecret } from '../terminal-device/offline-code.ts';
import { runTerminalDevice } from '../terminal-device/run.ts';
import { createReadlineUi } from '../terminal-device/terminal-ui.ts';
import { withServices } from './context.ts';
import { CommandFailed, UsageWrong } from './output.ts';

interface RunOptions {
  readonly enrol?: string;
  readonly code?: string;
  readonly user?: string;
  readonly issuer?: string;
  readonly keyFile: string;
  readonly name: string;
  readonly autoApprove?: boolean;
}

export const DEFAULT_KEY_FILE = join(homedir(), '.countersign', 'device.json');

export function addDeviceRunCommand(device: Command): void {
  device
    .command('run')
    .description('be an authenticator in this terminal')
    .option('--enrol <link>', 'enrol first, by the link an invitation page shows (quote it: it has a #)')
    .option('--code <code>', 'enrol first, by the code an invitation page shows; needs --user and --issuer')
    .option('--user <name>', 'whose code it is')
    .option('--issuer <url>', 'the server that showed the code', issuerUrl)
    .option('--key-file <file>', 'where the key is, mode 0600', DEFAULT_KEY_FILE)
    .option('--name <name>', 'what it is called', `${hostname().slice(0, 50)} terminal`)
    .option(
      '--auto-approve',
      "approve everything, for an app's own tests: only beside a server on this machine",
    )
    .action((options: RunOptions, command: Command) => run(options, command));
}

async function run(options: RunOptions, command: Command): Promise<void> {
  const invitation = invitationFrom(options);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  // Nobody types when nobody is asked, so the end of input must not end it then.
  const ui = options.autoApprove
    ? {
        show: (text: string) => void process.stdout.write(`${text}\n`),
        ask: async () => undefined,
        close() {},
      }
    : createReadlineUi({ input: process.stdin, output: process.stdout, onInterrupt: interrupt });
  const { signal } = stop;
  try {
    const file = options.keyFile;
    if (invitation) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      await enrolTerminal({ file, invitation, name: options.name, ui, signal });
    }
    const kept = await readKeyFile(file);
    if (!kept?.kid) {
      // Stopped while it enrolled; a key that was never there is an error, however soon the input ended.
      if (invitation && signal.aborted) return;
      throw new CommandFailed(
        `${file} holds no enrolled key; enrol it with --enrol LINK or --code CODE --user NAME --issuer URL`,
      );
    }
    const { issuer } = kept;
    if (options.autoApprove && !isLoopbackIssuer(issuer)) {
      throw new CommandFailed(`--auto-approve is only for an issuer on this machine, not ${issuer}`);
    }
    const client = createDeviceClient({ issuer, fetch, kid: kept.kid, key: nobleKey(kept.alg, kept.secret) });
    const state = await confirmed(client, signal);
    if (state === 'stopped') return;
    if (state !== 'active') {
      throw new CommandFailed(
        state === 'expired'
          ? `nobody confirmed this device in time; remove ${file} and enrol again`
          : `this device was turned down; remove ${file} and enrol again`,
      );
    }
    await keepOfflineSecret(file, kept, client, signal).catch(() => {});
    ui.show(`Ready as ${kept.name} for ${issuer}. Stop with Ctrl-C.`);
    const common = { client, issuer, ui, signal };
    const outcome = options.autoApprove
      ? await withServices(command, ({ store }) =>
          runTerminalDevice({ ...common, autoApprove: { numberFor: (id) => numberFor(store, id) } }),
        )
      : await runTerminalDevice(common);
    if (outcome === 'removed') throw new CommandFailed('the server no longer knows this device');
  } finally {
    ui.close();
    for (const one of ['SIGINT', 'SIGTERM'] as const) process.removeListener(one, interrupt);
  }
}

/** The browser's side of the number: no device is ever told it, so it is read where the server keeps it. */
async function numberFor(store: Store, id: string): Promise<string | undefined> {
  const chain = chainOf(id);
  const found = chain === undefined ? undefined : await store.get<Challenge>(keys.challenge(chain));
  return found?.value?.id === id ? found.value.number : undefined;
}

function invitationFrom({ enrol, code, user, issuer }: RunOptions): Invitation | undefined {
  if (enrol !== undefined) {
    if (code !== undefined) throw new UsageWrong('--enrol and --code: wanted one of them');
    return { link: enrol };
  }
  if (code === undefined) return undefined;
  if (user === undefined) throw new UsageWrong('--code needs --user NAME, whose code it is');
  if (issuer === undefined) throw new UsageWrong('--code needs --issuer URL, the server that showed it');
  return { issuer, code, userName: user };
}

function issuerUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('An https:// address is wanted.');
  return text;
}
