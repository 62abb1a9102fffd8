import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { needPackages } from './packages.ts';
import { portions } from './portions.ts';

/**
 * `npm test`: packages, types, lint, layers, all mocha tests. Every step runs, also after a failed one; the last line
 * is `N passed, N failed`, where a step other than mocha counts as one.
 *
 * The tests run in portions, each in a process of its own, and as many at a time as there are cores (four at most):
 * most of them wait for browsers and servers. What a portion says is shown whole, once it has ended.
 */

interface Counts {
  passed: number;
  failed: number;
}

const ROOT = join(import.meta.dirname, '../..');
const total: Counts = { passed: 0, failed: 0 };
const notes: string[] = [];

/** A step that takes longer hangs: it is ended, and that is a failure. */
const LONGEST_STEP_MS = 20 * 60_000;
const LANES = Math.max(1, Math.min(4, availableParallelism()));

const scratch = mkdtempSync(join(tmpdir(), 'countersign-test-'));
/** Each portion and each server of a test is a new process: what one has compiled the others need not. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled') };

/** @returns the exit code, and all the program said. */
function run(program: string, args: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    let said = '';
    const child = spawn(program, args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_STEP_MS,
      killSignal: 'SIGKILL',
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.once('error', (error) => resolve({ code: 127, said: `${said}${program}: ${error.message}\n` }));
    // A server that a killed test leaves behind may hold the pipes open for ever.
    child.once('exit', () =>
      setTimeout(() => child.stdout.destroy() && child.stderr.destroy(), 5000).unref(),
    );
    child.once('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), said }));
  });
}

async function step(name: string, script: string): Promise<void> {
  const { code, said } = await run('npm', ['run', '--silent', script]);
  console.log(`\n== ${name}\n${said.trimEnd()}`);
  if (code === 0) total.passed += 1;
  else {
    total.failed += 1;
    notes.push(`${name} failed (exit code ${code})`);
  }
}

/** @param args files, or options of mocha; the rest is in .mocharc.json */
async function mocha(name: string, args: readonly string[]): Promise<void> {
  const file = join(mkdtempSync(join(scratch, 'portion-')), 'counts.json');
  const reporter = join(import.meta.dirname, 'counting-reporter.cjs');
  const bin = join(ROOT, 'node_modules/mocha/bin/mocha.js');
  const options = ['--exit', '--reporter', reporter, '--reporter-option', `counts=${file}`];
  const startedAt = performance.now();
  const { code, said } = await run(process.execPath, [bin, ...options, ...args]);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`\n== ${name}, ${seconds} s\n${said.trimEnd()}`);
  const counts = readCounts(file);
  total.passed += counts.passes;
  total.failed += counts.failures;
  if (counts.failures > 0) notes.push(`${name}: ${counts.failures} failed`);
  if (counts.pending > 0) notes.push(`${name}: ${counts.pending} skipped`);
  if (code === 0 || counts.failures > 0) return;
  // It ended without saying which test: a file that does not load, a crash, an unhandled rejection, a hang.
  total.failed += 1;
  notes.push(`${name} ended with exit code ${code}`);
}

/** Each lane takes the next portion as soon as it has ended one. */
async function allPortions(): Promise<void> {
  const waiting = [...portions(ROOT)];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await mocha(next.name, next.files);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function readCounts(file: string): { passes: number; failures: number; pending: number } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passes: 0, failures: 0, pending: 0 };
  }
}

function finish(): never {
  rmSync(scratch, { recursive: true, force: true });
  console.log(`\n${notes.map((note) => `${note}\n`).join('')}${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 ? 0 : 1);
}

const wanted = needPackages();
if (wanted !== undefined) {
  total.failed += 1;
  notes.push(wanted);
  finish();
}
await step('types', 'typecheck');
await step('lint', 'lint');
await step('layers', 'layers');
const given = process.argv.slice(2);
if (given.length > 0) await mocha('tests', given);
else await allPortions();
finish();
