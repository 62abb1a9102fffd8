import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** What `npm pack` publishes, of which the Dockerfile takes a part: the compiled files, views, bin, and no sources. */
describe('the compiled server', function () {
  this.timeout(180_000);
  let image: string;
  let cli: CliWorld;

  before(async () => {
    image = await mkdtemp(join(tmpdir(), 'countersign-built-'));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const built = ['-p', 'tsconfig.build.json', '--outDir', join(image, 'dist')];
    await run(process.execPath, [tsc, ...built], { cwd: ROOT }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
    const bundler = join(image, 'dist/authenticator-host/write-bundle.js');
    await symlink(join(ROOT, 'node_modules'), join(image, 'node_modules'));
    await run(process.execPath, [
      bundler,
      join(ROOT, 'src/authenticator'),
      join(image, 'dist/authenticator'),
    ]);
    // Copies, since Node follows a link to where the sources are.
    const { files } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    for (const name of ['package.json', ...files.filter((published) => published !== 'dist')])
      await cp(join(ROOT, name), join(image, name), { recursive: true });
    cli = await createCliWorld({}, join(image, 'bin/countersign.js'));
  });
  after(async () => {
    await cli?.close();
    await rm(image, { recursive: true, force: true });
  });

  it('hashes a password in its worker, starts, answers discovery and finds its views', async () => {
    const added = await cli.run(['user', 'add', 'alice', '--password-stdin'], {
      stdin: 'a long enough password\n',
    });
    expect(added.code, added.stderr).to.equal(0);
    const server = cli.start(['serve']);
    await server.waitFor(/"listening"/);
    const discovery = await fetch(`${cli.issuer}/.well-known/openid-configuration`);
    expect(((await discovery.json()) as { issuer: string }).issuer).to.equal(cli.issuer);
    const home = await fetch(cli.issuer, { headers: { accept: 'text/html' } });
    expect(await home.text()).to.contain('<main id="card"');
    const shell = await (await fetch(`${cli.issuer}/authenticator/`)).text();
    for (const [, path] of shell.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await fetch(new URL(path!, cli.issuer))).status, path).to.equal(200);
    expect((await server.stop()).code).to.equal(0);
  });
});
