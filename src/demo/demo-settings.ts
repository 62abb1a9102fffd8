import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { isLoopbackIssuer } from '../terminal-device/loopback.ts';
import { DemoProblem } from './demo-problem.ts';
import { freePort } from './ports.ts';

/** What the command line says. */
export interface DemoOptions {
  readonly walk: boolean;
  readonly port?: number;
  readonly appPort?: number;
  readonly dataDir?: string;
  readonly fresh: boolean;
  readonly processes: number;
}

export interface DemoSettings {
  readonly config: Config;
  readonly appOrigin: string;
  readonly dataDir: string;
  /** The demo device's key. */
  readonly keyFile: string;
  readonly logFile: string;
  readonly processes: number;
  /** What the configuration was read from; a second server process reads the same. */
  readonly environment: Environment;
  /** A walk in a place of its own: nothing of it stays. */
  readonly temporary: boolean;
}

export const DEFAULT_PORT = 3000;
export const DEFAULT_APP_PORT = 3001;

/**
 * The demo's configuration: no file, the environment (`REDIS_URL` and every `COUNTERSIGN_…`), and what the demo sets
 * itself: a loopback issuer, a listener on the loopback only, a data folder and a Redis prefix of its own, logs to a file.
 *
 * @throws DemoProblem, ConfigInvalid
 */
export async function demoSettings(
  options: DemoOptions,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): Promise<DemoSettings> {
  const issuer = await chooseIssuer(options, env);
  const { hostname } = new URL(issuer);
  const appOrigin = `http://localhost:${await chooseAppPort(options)}`;
  if (new URL(appOrigin).port === new URL(issuer).port) {
    throw new DemoProblem(
      'Countersign and the demo app need a port each: --port and --app-port are the same.',
    );
  }

  const temporary = options.walk && options.dataDir === undefined;
  const dataDir = temporary
    ? await mkdtemp(join(tmpdir(), 'countersign-walk-'))
    : resolve(cwd, options.dataDir ?? join('data', 'demo'));
  const logFile = join(dataDir, 'countersign.log');
  const environment: Environment = {
    COUNTERSIGN_ORGANISATION_NAME: 'Countersign demo',
    COUNTERSIGN_STORE_REDIS_PREFIX: temporary
      ? `countersign-walk-${randomBytes(6).toString('hex')}:`
      : 'countersign-demo:',
    ...env,
    COUNTERSIGN_ISSUER: issuer,
    COUNTERSIGN_HTTP_HOST: hostname === '[::1]' ? '::1' : '127.0.0.1',
    COUNTERSIGN_HTTP_PORT: new URL(issuer).port,
    COUNTERSIGN_STORE_DATA_DIR: dataDir,
    COUNTERSIGN_LOG_FILE: logFile,
  };
  const config = demoConfig(environment, cwd);
  if (options.processes > 1 && config.store.redisUrl === undefined) {
    throw new DemoProblem(
      'Several processes need a store they share: set REDIS_URL, or leave --processes out.',
    );
  }
  return {
    config,
    appOrigin,
    dataDir,
    keyFile: join(dataDir, 'demo-device.json'),
    logFile,
    processes: options.processes,
    environment,
    temporary,
  };
}

/** Somebody who tries everything is no attacker: in the demo nothing closes after a few tries. */
const ROOMY = { max: 1000, window: 600_000 };

/** The demo's configuration, from the environment alone. @throws ConfigInvalid */
export function demoConfig(environment: Environment, cwd: string): Config {
  const config = loadConfig({ file: false, env: environment, cwd });
  return {
    ...config,
    limits: {
      ...config.limits,
      push: { ...config.limits.push, perAccount: [ROOMY], knownBrowser: ROOMY },
      wrongNumbers: { perAccount: ROOMY },
    },
  };
}

/** @throws DemoProblem for an issuer that is not on this machine: demo accounts are for nobody else. */
async function chooseIssuer(options: DemoOptions, env: Environment): Promise<string> {
  const given = env['COUNTERSIGN_ISSUER'] || undefined;
  if (given !== undefined && (!isLoopbackIssuer(given) || !given.startsWith('http:'))) {
    const text = `The demo runs on this machine only, and COUNTERSIGN_ISSUER is ${given}. Leave it out, or start the real thing: countersign serve`;
    throw new DemoProblem(text);
  }
  const base = new URL(given ?? `http://localhost:${options.walk ? await freePort() : DEFAULT_PORT}`);
  if (options.port !== undefined) base.port = `${options.port}`;
  if (base.port === '')
    throw new DemoProblem('The demo cannot be on port 80. Choose another port: --port 3000');
  return base.origin;
}

async function chooseAppPort(options: DemoOptions): Promise<number> {
  if (options.appPort !== undefined) return options.appPort;
  return options.walk ? freePort() : DEFAULT_APP_PORT;
}
