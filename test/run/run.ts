import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needPackages } from './packages.ts';

/**
 * `npm test`: packages, types, lint, layers, all mocha tests. Every step runs, also after a failed one; the last line
 * is `N passed, N failed`, where a step other than mocha counts as one.
 */

interface Counts {
  passed: number;
  failed: number;
}

const ROOT = join(import.meta.dirname, '../..');
const total: Counts = { passed: 0, failed: 0 };
const notes: string[] = [];

/** A step that takes longer hangs: it is ended, and that is a failure. */
const LONGEST_STEP_MS = 40 * 60_000;

/** @returns the exit code; output goes through as it comes. */
function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: LONGEST_STEP_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(127);
    });
    child.once('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}

async function step(name: string, script: string): Promise<void> {
  console.log(`\n== ${name}`);
  const code = await run('npm', ['run', '--silent', script]);
  if (code === 0) total.passed += 1;
  else {
    total.failed += 1;
    notes.push(`${name} failed (exit code ${code})`);
  }
}

/** @param args files, or options of mocha; the rest is in .mocharc.json */
async function mocha(name: string, args: readonly string[]): Promise<void> {
  console.log(`\n== ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const file = join(folder, 'counts.json');
  const reporter = join(import.meta.dirname, 'counting-reporter.cjs');
  try {
    const bin = join(ROOT, 'node_modules/mocha/bin/mocha.js');
    const options = ['--reporter', reporter, '--reporter-option', `counts=${file}`];
    const code = await run(process.execPath, [bin, ...options, ...args]);
    const counts = readCounts(file);
    total.passed += counts.passes;
    total.failed += counts.failures;
    if (counts.pending > 0) notes.push(`${name}: ${counts.pending} skipped`);
    if (code === 0 || counts.failures > 0) return;
    // It ended without saying which test: a file that does not load, a crash, an unhandled rejection, a hang.
    total.failed += 1;
    notes.push(`${name} ended with exit code ${code}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file: string): { passes: number; failures: number; pending: number } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passes: 0, failures: 0, pending: 0 };
  }
}

function finish(): never {
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
await mocha('tests', ['--exit', ...(given.length > 0 ? given : ['test/**/*.test.ts'])]);
finish();
