import type { Command } from 'commander';
import { createDeviceClient } from '../protocol/device-client.ts';
import { readKeyFile } from '../terminal-device/key-file.ts';
import { nobleKey } from '../terminal-device/noble-key.ts';
import { keepOfflineSecret, offlineCodeOf } from '../terminal-device/offline-code.ts';
import { wantsJson } from './context.ts';
import { DEFAULT_KEY_FILE } from './device-run.ts';
import { CommandFailed, say } from './output.ts';

/** How long the server is waited for: without network is what the codes are for. */
const ASK_MS = 3000;

export function addDeviceCodeCommand(device: Command): void {
  device
    .command('code')
    .description('show the code of this terminal for a sign-in without network')
    .option('--key-file <file>', 'where the key is, mode 0600', DEFAULT_KEY_FILE)
    .action(({ keyFile }: { keyFile: string }, command: Command) => show(keyFile, command));
}

async function show(path: string, command: Command): Promise<void> {
  const kept = await readKeyFile(path);
  if (!kept?.kid) throw new CommandFailed(`${path} holds no enrolled key; see countersign device run --help`);
  const { issuer, kid, alg, secret } = kept;
  const client = createDeviceClient({ issuer, fetch, kid, key: nobleKey(alg, secret) });
  const now = await keepOfflineSecret(path, kept, client, AbortSignal.timeout(ASK_MS)).catch(() => kept);
  const shown = await offlineCodeOf(now, Date.now());
  if (!shown)
    throw new CommandFailed(
      'this terminal has no codes: turn them on at your account, then run this once while the server can be reached',
    );
  const seconds = Math.ceil(shown.leftMs / 1000);
  say(wantsJson(command), `${shown.code}  (for ${seconds} s)`, { code: shown.code, seconds });
}
