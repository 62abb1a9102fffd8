import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { selfSignedCertificate } from './self-signed-certificate.ts';
import { freePort } from './start-server.ts';

/** The TLS fronts of config/, run by Debian's nginx and Caddy: only ports, names and the certificate are exchanged. */

export const FRONTS = ['nginx', 'caddy'] as const;
export type FrontKind = (typeof FRONTS)[number];

export interface TlsFront {
  readonly port: number;
  /** Goes to the front whatever the address says, trusts its certificate. @param from the client's own address */
  fetchFrom(from: string): typeof fetch;
  stop(): Promise<void>;
}

interface FrontPlan {
  readonly host: string;
  readonly upstreams: readonly number[];
}

const CONFIG = join(import.meta.dirname, '../../config');
/** The name the nginx file has, to be changed by whoever uses it. */
const NGINX_NAME = 'login.example.com';

/** @throws Error with what the program said when it does not start. */
export async function startFront(kind: FrontKind, plan: FrontPlan): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), `countersign-${kind}-`));
  const { key, cert } = selfSignedCertificate([plan.host]);
  const files = { key: join(folder, 'privkey.pem'), cert: join(folder, 'fullchain.pem') };
  await writeFile(files.key, key, { mode: 0o600 });
  await writeFile(files.cert, cert);
  const port = await freePort();
  const start = kind === 'nginx' ? startNginx : startCaddy;
  const child = await start({ ...plan, folder, port, files });
  const agents: Agent[] = [];
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await Promise.all(agents.map((agent) => agent.destroy()));
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM'); // nginx: the workers go too
      const hard = setTimeout(kill, 5_000);
      await gone;
      clearTimeout(hard);
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (const end = performance.now() + 15_000; !(await answers(port)); await delay(20)) {
    if (child.exitCode === null && performance.now() < end) continue;
    await stop();
    throw new Error(`${kind} did not start: ${said}`);
  }
  return {
    port,
    stop,
    fetchFrom(from) {
      const toFront = buildConnector({ ca: cert });
      const agent = new Agent({
        connect: (options, done) =>
          toFront(
            {
              ...options,
              hostname: '127.0.0.1',
              port: `${port}`,
              servername: options.hostname,
              localAddress: from,
            },
            done,
          ),
      });
      agents.push(agent);
      return (async (url: string | URL, init: RequestInit = {}) =>
        undiciFetch(url, { ...init, dispatcher: agent } as never)) as unknown as typeof fetch;
    },
  };
}

interface Start extends FrontPlan {
  readonly folder: string;
  readonly port: number;
  readonly files: { readonly key: string; readonly cert: string };
}

async function startNginx({ folder, port, host, upstreams, files }: Start): Promise<ChildProcess> {
  let site = await readFile(join(CONFIG, 'nginx.conf'), 'utf8');
  const exchange = (what: string, by: string) => {
    if (!site.includes(what)) throw new Error(`config/nginx.conf has no ${JSON.stringify(what)}`);
    site = site.replaceAll(what, by);
  };
  const [first, second] = upstreams;
  exchange('server 127.0.0.1:3000 ', `server 127.0.0.1:${first} `);
  exchange('# server 127.0.0.1:3001 ', `server 127.0.0.1:${second} `);
  exchange('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`);
  exchange(NGINX_NAME, host);
  exchange('/etc/ssl/countersign/fullchain.pem', files.cert);
  exchange('/etc/ssl/countersign/privkey.pem', files.key);
  await writeFile(join(folder, 'countersign.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // What Debian's own /etc/nginx/nginx.conf has around a file in sites-enabled.
  await writeFile(
    join(folder, 'nginx.conf'),
    [
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;`,
      'events { worker_connections 512; }',
      `http { access_log off; ${temporary.join(' ')} include ${folder}/countersign.conf; }`,
    ].join('\n'),
  );
  return spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  });
}

async function startCaddy({ folder, port, host, upstreams, files }: Start): Promise<ChildProcess> {
  const site = await readFile(join(CONFIG, 'Caddyfile'), 'utf8');
  const head = /^(\{\$COUNTERSIGN_HOST[^}]*\} \{)$/m;
  if (!head.test(site)) throw new Error('config/Caddyfile does not begin a site by COUNTERSIGN_HOST');
  const globals = `{\n\tadmin off\n\thttps_port ${port}\n\tauto_https disable_redirects\n}\n`;
  const given = `$1\n\tbind 127.0.0.1\n\ttls ${files.cert} ${files.key}`; // no authority to ask for one here
  await writeFile(join(folder, 'Caddyfile'), globals + site.replace(head, given));
  await mkdir(join(folder, 'home'));
  return spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: join(folder, 'home'),
      COUNTERSIGN_HOST: host,
      COUNTERSIGN_UPSTREAMS: upstreams.map((upstream) => `127.0.0.1:${upstream}`).join(' '),
    },
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
