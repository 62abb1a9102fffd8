import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { PROGRAM_NAMES } from '../../bench/support/programs.ts';
import type { Report } from '../../bench/support/report.ts';

const RUN = resolve(import.meta.dirname, '../../bench/run.ts');
const run = promisify(execFile);

/** That they work; what they measure is in bench/RESULTS.md, and no figure is a reason to fail. */
describe('the benchmarks, run small', () => {
  for (const name of PROGRAM_NAMES) {
    it(`${name} runs and fills its table`, async function () {
      this.timeout(180_000);
      const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-test-'));
      try {
        const json = join(folder, 'report.json');
        await run(process.execPath, [RUN, name, '--quick', '--json', json]);
        const { quick, machine, programs } = JSON.parse(await readFile(json, 'utf8')) as Report;
        expect(quick).to.equal(true);
        expect(machine.versions).to.include.keys('node', 'redis', 'oidc-provider');
        expect(programs.map(({ program }) => program)).to.deep.equal([name]);
        const [{ columns, rows }] = programs as [Report['programs'][number]];
        expect(rows).not.to.have.length(0);
        for (const row of rows) expect(row).to.have.length(columns.length);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
});
