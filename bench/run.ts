import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, load } from './support/machine.ts';
import { PROGRAM_NAMES, programNamed } from './support/programs.ts';
import { forRepository, forTerminal, type ProgramReport, type Report } from './support/report.ts';
import type { BenchOptions, BenchResult } from './support/result.ts';

/**
 * `npm run bench [-- PROGRAM…] [--quick] [--rounds N] [--json FILE] [--write]`: runs the programs named, or all, each
 * in a process of its own; prints tables. `--write` puts what was measured into results.json (a program that did not
 * run keeps its figures of the same commit) and RESULTS.md.
 */
const JSON_FILE = join(import.meta.dirname, 'results.json');
const MARKDOWN_FILE = join(import.meta.dirname, 'RESULTS.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const { quick } = values;
const options: BenchOptions = { quick, rounds: Number(values.rounds ?? (quick ? 1 : 5)) };
if (values.write && quick) throw new Error('figures of --quick mean nothing and are not written');
const names = positionals.length > 0 ? positionals : PROGRAM_NAMES;
for (const name of names) await programNamed(name);

const machine = describeMachine();
const programs: ProgramReport[] = [];
const failed: string[] = [];
for (const name of names) {
  const loadBefore = load();
  const from = performance.now();
  try {
    const result = await runApart(name);
    const { about } = await programNamed(name);
    const seconds = Math.round((performance.now() - from) / 1000);
    const report: ProgramReport = {
      program: name,
      about,
      rounds: options.rounds,
      seconds,
      loadBefore,
      ...result,
    };
    programs.push(report);
    console.log(forTerminal(report));
    keep();
  } catch (error) {
    failed.push(name);
    console.error(`\n== ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (failed.length > 0) process.exitCode = 1;

function runApart(name: string): Promise<BenchResult> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'support/run-one.ts'), [name, JSON.stringify(options)]);
    child.once('message', (result) => resolve(result as BenchResult));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)));
  });
}

/** After each program, so that a long run that is stopped leaves what it has. */
function keep(): void {
  const report: Report = { machine, quick, programs };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (!values.write) return;
  const before = earlier().filter(({ program }) => !programs.some((one) => one.program === program));
  const all = PROGRAM_NAMES.flatMap((name) =>
    [...programs, ...before].filter(({ program }) => program === name),
  );
  const whole: Report = { machine, quick, programs: all };
  writeFileSync(JSON_FILE, `${JSON.stringify(whole, null, 2)}\n`);
  writeFileSync(MARKDOWN_FILE, forRepository(whole));
}

function earlier(): readonly ProgramReport[] {
  try {
    const report = JSON.parse(readFileSync(JSON_FILE, 'utf8')) as Report;
    return report.machine.commit === machine.commit ? report.programs : [];
  } catch {
    return [];
  }
}
