import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigInvalid, type Problem } from '../../src/config/problems.ts';

describe('the configuration', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'countersign-config-'));
    mkdirSync(join(cwd, 'config'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const write = (text: string, name = 'config/countersign.yaml') => writeFileSync(join(cwd, name), text);
  const load = (env: Record<string, string | undefined> = {}, file?: string) =>
    loadConfig({ env, cwd, ...(file ? { file } : {}) });
  const problems = (env: Record<string, string | undefined> = {}, file?: string): readonly Problem[] => {
    try {
      load(env, file);
    } catch (error) {
      if (error instanceof ConfigInvalid) return error.problems;
      throw error;
    }
    return [];
  };
  const brief = (found: readonly Problem[]) => found.map(({ source, field }) => `${source} ${field}`);

  describe('from one file and the environment', () => {
    it('stands on defaults and the environment alone, with durations in milliseconds and paths absolute', () => {
      const config = load({ COUNTERSIGN_ISSUER: 'http://localhost:3000' });
      expect(config.challenge).to.deep.equal({
        life: 120_000,
        digits: 6,
        knownBrowserDigits: 6,
        wrongNumbers: 3,
        resendAfter: 20_000,
      });
      expect(config.session).to.include({ life: 43_200_000, idle: 3_600_000 });
      expect(config.limits.push.perAccount).to.deep.equal([
        { max: 3, window: 600_000 },
        { max: 10, window: 86_400_000 },
      ]);
      expect(config.store).to.deep.equal({
        redisPrefix: 'countersign:',
        dataDir: join(cwd, 'data'),
        wait: { replicas: 0, timeout: 1_000 },
      });
      expect(config.http).not.to.have.property('tls');
      expect(config.clients).to.deep.equal([]);
    });

    it('finds its file: the command line, else COUNTERSIGN_CONFIG, else config/countersign.yaml', () => {
      write('issuer: http://localhost:1');
      write('issuer: http://localhost:2', 'two.yaml');
      write('issuer: http://localhost:3', 'three.yaml');
      expect(load().issuer).to.equal('http://localhost:1');
      expect(load({ COUNTERSIGN_CONFIG: 'two.yaml' }).issuer).to.equal('http://localhost:2');
      expect(load({ COUNTERSIGN_CONFIG: 'two.yaml' }, 'three.yaml').issuer).to.equal('http://localhost:3');
      expect(brief(problems({ COUNTERSIGN_CONFIG: 'four.yaml' }))).to.deep.equal(['four.yaml (file)']);
    });

    it('reads no file when it is told so', () => {
      write('not: [valid');
      const env = { COUNTERSIGN_ISSUER: 'http://localhost:1', COUNTERSIGN_CONFIG: 'gone.yaml' };
      expect(loadConfig({ file: false, env, cwd }).issuer).to.equal('http://localhost:1');
      expect(brief(problems({ COUNTERSIGN_CONFIG: '' }))).to.deep.equal([
        'config/countersign.yaml:1:12 (file)',
      ]);
    });

    it('lets a variable win over the file, and an empty one count as not set', () => {
      write('issuer: http://localhost:1\nhttp: { port: 4000 }\nlog:\n  level: debug\n');
      const config = load({
        COUNTERSIGN_HTTP_PORT: '5000',
        COUNTERSIGN_HTTP_TRUSTED_PROXIES: '10.0.0.0/8, loopback',
        COUNTERSIGN_FEATURES_REQUEST_OBJECTS: 'true',
        COUNTERSIGN_PASSWORD_ARGON2_MEMORY_KIB: '47104',
        COUNTERSIGN_SESSION_LIFE: '3600',
        COUNTERSIGN_LOG_LEVEL: '',
      });
      expect(config.http).to.include({ port: 5000 });
      expect(config.http.trustedProxies).to.deep.equal(['10.0.0.0/8', 'loopback']);
      expect(config.features.requestObjects).to.equal(true);
      expect(config.password.argon2.memoryKiB).to.equal(47_104);
      expect(config.session.life).to.equal(3_600_000);
      expect(config.log.level).to.equal('debug');
    });

    it('takes REDIS_URL, and our own variable before it', () => {
      const env = { COUNTERSIGN_ISSUER: 'http://localhost:1', REDIS_URL: 'redis://a:6379' };
      expect(load(env).store.redisUrl).to.equal('redis://a:6379');
      expect(
        load({ ...env, COUNTERSIGN_STORE_REDIS_URL: 'rediss+cluster://b:1,c:2' }).store.redisUrl,
      ).to.equal('rediss+cluster://b:1,c:2');
    });

    it('reads a section with everything commented out as absent', () => {
      write('issuer: http://localhost:1\nhttp:\nlimits:\n  push:\n    #x\n');
      expect(load({ COUNTERSIGN_HTTP_PORT: '81' }).http).to.include({ port: 81, host: '127.0.0.1' });
    });

    it('reads the secret of a client from its file', () => {
      write(`${'s'.repeat(40)}\n`, 'shop.secret');
      const client =
        '{ clientId: shop, name: Shop, secretFile: shop.secret, redirectUris: ["https://shop.example/"] }';
      write(`issuer: http://localhost:1\nclients:\n  - ${client}\n`);
      expect(load().clients[0])
        .to.include({ secret: 's'.repeat(40) })
        .and.not.to.have.property('secretFile');
      write('too short', 'shop.secret');
      const [short] = problems();
      expect(short).to.include({ field: 'clients[0].secretFile', source: 'config/countersign.yaml:3:47' });
      expect(JSON.stringify(short)).not.to.include('too short');
      rmSync(join(cwd, 'shop.secret'));
      expect(problems()[0]?.was).to.include('ENOENT');
    });
  });

  describe('when it is wrong', () => {
    it('names every problem at once, each with its place, value, what is wanted and why', () => {
      write(`issuer: https://id.example.com/
http:
  port: 99999
  trustedProxy: [10.0.0.1]
challenge: { life: 10min }
clients:
  - clientId: shop
    name: Shop
    tokenEndpointAuthMethod: none
    redirectUris: ["https://shop.example/", "http://shop.example/"]
`);
      const found = problems({ COUNTERSIGN_TOKENS_PAR_TTL: '1h' });
      expect(brief(found)).to.deep.equal([
        'config/countersign.yaml:1:9 issuer',
        'config/countersign.yaml:3:9 http.port',
        'config/countersign.yaml:4:3 http.trustedProxy',
        'config/countersign.yaml:5:20 challenge.life',
        'config/countersign.yaml:10:45 clients[0].redirectUris[1]',
        'environment COUNTERSIGN_TOKENS_PAR_TTL tokens.parTtl',
      ]);
      expect(found[1]).to.deep.include({
        was: '99999',
        wanted: 'a whole number from 0 to 65535',
        sentence: 'TCP port the server listens on; 0 takes any free one.',
      });
      expect(found[2]?.wanted).to.equal('perhaps http.trustedProxies');
      expect(() => load()).to.throw(
        ConfigInvalid,
        /5 problems in the configuration:[\s\S]*config\/countersign\.yaml:3:9 {2}http\.port: was 99999/,
      );
    });

    it('refuses unknown keys and variables, with the nearest known one', () => {
      write('issuer: http://localhost:1\nport: 80\nchalenge: { life: 60s }\n');
      const found = problems({
        COUNTERSIGN_HTTP_PROT: '1',
        COUNTERSIGN_PORT: 'tcp://10.0.0.1:80',
        COUNTERSIGN_SERVICE_HOST: 'x',
      });
      expect(found.map(({ field, wanted }) => `${field} ${wanted}`)).to.deep.equal([
        'port perhaps http.port',
        'chalenge perhaps challenge',
        '(variable) perhaps COUNTERSIGN_HTTP_PORT',
      ]);
    });

    it('says where YAML itself is broken, without showing the text', () => {
      write('issuer: http://localhost:1\nlog: { level: info }\nlog: { level: hunter2 }\n');
      expect(problems()[0]).to.include({
        source: 'config/countersign.yaml:3:1',
        wanted: 'each key once in a map',
      });
      write('issuer: *hunter2\n');
      expect(brief(problems())).to.deep.equal(['config/countersign.yaml:1:9 (file)']);
      expect(JSON.stringify(problems())).not.to.include('hunter2');
      for (const text of [
        'a: [1',
        '\tx: 1',
        '- 1',
        'text',
        '42',
        '--- 1\n--- 2',
        '!!binary x',
        'a: &a [*a]',
        'a: &a { b: *a }',
        '{ null: 1 }',
        '? [a]\n: 1',
      ]) {
        write(text);
        expect(problems().length, text).to.be.greaterThan(0);
      }
    });

    it('F8: bounds aliases and takes no prototype from the file', () => {
      const bomb = [
        'a: &a [x,x,x,x,x,x,x,x,x,x]',
        ...['b', 'c', 'd'].map((k, n) => `${k}: &${k} [${Array(10).fill(`*${'abc'[n]}`).join(',')}]`),
      ];
      write(`${bomb.join('\n')}\n`);
      expect(problems()[0]?.wanted).to.include('aliases');
      write('issuer: http://localhost:1\n__proto__: { log: { level: debug } }\nhttp: { constructor: 1 }\n');
      expect(brief(problems())).to.have.members([
        'config/countersign.yaml:2:1 __proto__',
        'config/countersign.yaml:3:9 http.constructor',
      ]);
    });

    it('R49: shows no secret, from the file or the environment', () => {
      write(
        'issuer: http://localhost:1\nstore: { redisUrl: "http://u:hunter2@h" }\nclients: [{ clientId: a, name: a, secret: hunter2 }, { clientId: b, name: b, secret: [hunter2] }]\nauthenticator: { origin: "https://u:hunter2@h" }\n',
      );
      expect(problems()).to.have.length.greaterThan(3);
      expect(JSON.stringify(problems())).not.to.include('hunter2');
      write('{}');
      for (const issuer of [
        'https://u:hunter2@h',
        'https:/u:hunter2@h',
        'u:hunter2@h',
        'https://hunter2@h/@',
      ]) {
        expect(
          JSON.stringify(problems({ COUNTERSIGN_ISSUER: issuer, REDIS_URL: 'hunter2' })),
          issuer,
        ).not.to.include('hunter2');
      }
    });

    it('still reports the rules between sections when another section is wrong', () => {
      write('issuer: https://id.example.com\nhttp: {}\nlog: { level: loud }\n');
      expect(brief(problems())).to.deep.equal([
        'config/countersign.yaml:2:1 http.trustedProxies',
        'config/countersign.yaml:3:15 log.level',
      ]);
    });
  });
});
