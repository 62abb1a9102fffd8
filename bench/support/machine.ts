import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type as system, totalmem } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Of the repository; `-dirty` when src, views or bench differ from it. */
  readonly commit: string;
  readonly date: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    versions: {
      node: process.versions.node,
      openssl: process.versions.openssl ?? '',
      sqlite: process.versions['sqlite'] ?? '',
      redis: /v=(\S+)/.exec(output('redis-server', ['--version']))?.[1] ?? 'none',
      ...Object.fromEntries(
        ['oidc-provider', 'koa', 'ioredis', 'web-push', '@noble/curves', '@node-rs/argon2'].map((name) => [
          name,
          packageVersion(name),
        ]),
      ),
    },
    commit: commit(),
    date: new Date().toISOString(),
  };
}

/** Of the last minute. */
export const load = (): number => Math.round(loadavg()[0]! * 100) / 100;

function commit(): string {
  const head = output('git', ['rev-parse', '--short=12', 'HEAD']).trim() || 'unknown';
  const changed = output('git', [
    'status',
    '--porcelain',
    '--',
    'src',
    'views',
    'bench/*.ts',
    'bench/support',
  ]);
  return changed.trim() === '' ? head : `${head}-dirty`;
}

function packageVersion(name: string): string {
  const file = join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function output(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
