import { programNamed } from './programs.ts';
import type { BenchOptions } from './result.ts';

/** One program in a process of its own: `run-one.ts NAME OPTIONS`, the result over IPC. */
const [name = '', options = '{}'] = process.argv.slice(2);
const bench = await programNamed(name);
const result = await bench.run(JSON.parse(options) as BenchOptions);
await new Promise((resolve) => process.send?.(result, resolve));
process.exit(0);
