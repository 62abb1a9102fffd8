import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { imageAllocator } from '../../bench/support/allocator.ts';

const run = promisify(execFile);
const GROW = `
const taken = Array.from({ length: 1000 }, () => Buffer.alloc(64 * 1024, 1));
taken.length = 0;
console.log(require('fs').readFileSync('/proc/self/maps', 'utf8').includes('libjemalloc'));`;

describe("the image's allocator", () => {
  it('is loaded into Node, and takes the settings of the Dockerfile', async function () {
    this.timeout(20_000);
    const allocator = imageAllocator();
    expect(allocator, 'libjemalloc2 and a MALLOC_CONF').to.not.equal(undefined);
    const start = (env: object) => run(process.execPath, ['-e', GROW], { env: { ...process.env, ...env } });
    expect(await start(allocator!.env)).to.deep.equal({ stdout: 'true\n', stderr: '' });
    // It says so, where it does not know a setting.
    const wrong = await start({ ...allocator!.env, MALLOC_CONF: 'dirty_decay:5000' });
    expect(wrong.stderr).to.match(/Invalid conf pair/);
  });

  it('is where the Dockerfile looks for it', () => {
    const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
    const preloaded = /LD_PRELOAD=(\S+)/.exec(dockerfile)?.[1];
    expect(dockerfile).to.contain(`ln -s /usr/lib/*-linux-gnu/libjemalloc.so.2 ${preloaded}`);
    expect(dockerfile.indexOf('libjemalloc2')).to.be.greaterThan(dockerfile.lastIndexOf('FROM '));
  });
});
