import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What gives a process its memory, chosen by its environment. */
export interface Allocator {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What Node uses by itself on Debian. It keeps nearly all that was freed, for its next need. */
export const GLIBC: Allocator = { name: 'glibc', env: {} };

/** @returns jemalloc as the Docker image has it, or `undefined` where Debian's `libjemalloc2` is not installed. */
export function imageAllocator(): Allocator | undefined {
  const library = ['x86_64', 'aarch64']
    .map((cpu) => `/usr/lib/${cpu}-linux-gnu/libjemalloc.so.2`)
    .find((file) => existsSync(file));
  const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
  const settings = /MALLOC_CONF=(\S+)/.exec(dockerfile)?.[1];
  if (library === undefined || settings === undefined) return undefined;
  return { name: 'jemalloc', env: { LD_PRELOAD: library, MALLOC_CONF: settings } };
}
