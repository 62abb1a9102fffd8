import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { checkLayers } from './run/layers.ts';

const ROOT = join(import.meta.dirname, '..');

/** One breach of each rule: the file, and what it imports although it must not. */
const BREACHES: readonly (readonly [rule: string, file: string, source: string])[] = [
  [
    'domain-knows-no-koa',
    'approval/decide.ts',
    "import type { Context } from 'koa';\nexport type C = Context;",
  ],
  [
    'domain-knows-no-koa',
    'limits/throttle.ts',
    "import Router from '@koa/router';\nexport const r = new Router();",
  ],
  ['domain-draws-no-pages', 'accounts/accounts.ts', "export { show } from '../http/show.ts';"],
  ['only-the-store-knows-its-engine', 'push/send.ts', "export { Redis } from 'ioredis';"],
  ['only-the-store-knows-its-engine', 'push/vapid.ts', "export { DatabaseSync } from 'node:sqlite';"],
  ['engines-only-through-open', 'devices/devices.ts', "export { open } from '../store/redis/redis.ts';"],
  ['the-store-knows-no-domain', 'store/port.ts', "export { send } from '../push/sender.ts';"],
  [
    'only-authorize-knows-oidc-provider',
    'consent/consent-pages.ts',
    "export { Provider } from 'oidc-provider';",
  ],
  [
    'nothing-private-of-oidc-provider',
    'authorize/policy.ts',
    "export { default as x } from '../../node_modules/oidc-provider/lib/helpers/errors.js';",
  ],
  ['protocol-is-for-every-machine', 'protocol/jws.ts', "export { sign } from 'node:crypto';"],
  ['protocol-stands-alone', 'protocol/proof.ts', "export { send } from '../push/sender.ts';"],
  ['a-device-knows-no-server', 'terminal-device/run.ts', "export { send } from '../push/sender.ts';"],
  [
    'the-authenticator-knows-no-server',
    'authenticator/engine/app.ts',
    "export { send } from '../../push/sender.ts';",
  ],
  [
    'no-server-knows-the-authenticator',
    'authenticator-host/site.ts',
    "export { words } from '../authenticator/words.ts';",
  ],
  ['nobody-reaches-for-the-configuration', 'session/ladder.ts', "export { load } from '../config/load.ts';"],
  ['source-knows-no-tests', 'signin.ts', "export { fake } from '../test/fake.ts';"],
  ['no-cycles', 'risk/a.ts', "import { b } from './b.ts';\nexport const a = () => b;"],
];

/** What those files import, and files that may do what the others must not. */
const AROUND: Readonly<Record<string, string>> = {
  'src/http/show.ts': "import type { Context } from 'koa';\nexport const show = (ctx: Context) => ctx;",
  'src/store/redis/redis.ts': "export { Redis as open } from 'ioredis';",
  'src/store/redis/url.ts': 'export const url = 1;',
  'src/config/sections.ts': "export { url } from '../store/redis/url.ts';",
  'src/config/load.ts': "export { url as load } from './sections.ts';",
  'src/authenticator/words.ts': 'export const words = 1;',
  'src/push/sender.ts': 'export const send = 1;',
  'src/password/password-pages.ts': "export { show } from '../http/show.ts';",
  'src/authorize/provider.ts': "export { Provider } from 'oidc-provider';",
  'src/risk/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
  'test/fake.ts': 'export const fake = 1;',
};

describe('The layer rules', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-layers-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await symlink(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    await mkdir(join(folder, 'src'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const write = async (file: string, source: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${source}\n`);
  };

  it('see no file where there is none, so that an empty check cannot pass', () => {
    expect(() => checkLayers(folder)).to.throw();
  });

  it('catch a breach of each, and nothing else', async () => {
    for (const [file, source] of Object.entries(AROUND)) await write(file, source);
    for (const [, file, source] of BREACHES) await write(`src/${file}`, source);
    const { breaches } = checkLayers(folder);
    const caught = breaches.map(({ rule, sentence }) => `${rule}: ${/src\/\S+/.exec(sentence)?.[0]}`);
    const cycle = caught.filter((breach) => breach.startsWith('no-cycles: src/risk/'));
    expect(cycle).to.not.be.empty;
    expect(caught.filter((breach) => !cycle.includes(breach))).to.have.members(
      BREACHES.filter(([rule]) => rule !== 'no-cycles').map(([rule, file]) => `${rule}: src/${file}`),
    );
  });

  it('hold for the source', () => {
    const { files, breaches } = checkLayers(ROOT);
    expect(breaches.map(({ sentence }) => sentence)).to.deep.equal([]);
    expect(files).to.be.greaterThan(100);
  });
});
