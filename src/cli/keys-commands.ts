import type { Command } from 'commander';
import { openKeyring } from '../authorize/keyring.ts';
import { rotationPlan } from '../settings.ts';
import { wantsJson, withServices } from './context.ts';
import { say, table, time } from './output.ts';

export function addKeysCommands(program: Command): void {
  program
    .command('keys')
    .description('the keys that sign tokens and cookies')
    .command('rotate')
    .description('make new keys now; running servers publish them at once and sign with them a day later')
    .action((_options: unknown, command: Command) =>
      withServices(command, async ({ store, audit }, config) => {
        const keyring = await openKeyring(store, rotationPlan(config));
        try {
          const made = await keyring.rotate();
          for (const use of ['signing', 'cookies'] as const)
            audit.record({ type: 'keys.rotated', use, by: 'cli' });
          const rows = made.map(({ kid, alg, signsFrom }) => [kid, alg, time(signsFrom)]);
          const text =
            rows.length > 0
              ? table(['KEY', 'ALGORITHM', 'SIGNS FROM'], rows)
              : 'New keys are published already and will sign soon; only the cookie keys were replaced.';
          say(wantsJson(command), text, made);
        } finally {
          await keyring.close();
        }
      }),
    );
}
