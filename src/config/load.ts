import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { ClientSettings } from '../clients/client.ts';
import { type Finding, finding, findings, valueAt } from '../options/findings.ts';
import { type Environment, overlayEnvironment, variableOf } from './environment.ts';
import { unreadableFiles } from './named-files.ts';
import { ConfigInvalid, type Problem } from './problems.ts';
import { configRules, type RightSections } from './rules.ts';
import { type Config, configSchema, type DeclaredClient, type DeclaredConfig } from './schema.ts';
import { declaredClient } from './sections/clients.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface ConfigSource {
  /**
   * The file named on the command line; else `COUNTERSIGN_CONFIG`, else `config/countersign.yaml` where it exists.
   * `false` reads no file at all, as the demo starts.
   */
  readonly file?: string | false;
  readonly env: Environment;
  /** Absolute; relative paths in the arguments and in the configuration start here. */
  readonly cwd: string;
}

/** In the order of the file; what the environment set comes after. */
function byPlace(a: Problem, b: Problem): number {
  const place = ({ source }: Problem) => /:(\d+):(\d+)$/.exec(source)?.slice(1).map(Number) ?? [Infinity, 0];
  const [[lineA = 0, columnA = 0], [lineB = 0, columnB = 0]] = [place(a), place(b)];
  return lineA === lineB ? columnA - columnB : lineA - lineB;
}

/** Everything read and checked; `config` is there only when `problems` is empty. */
export interface ReadConfig {
  readonly config?: Config;
  readonly problems: readonly Problem[];
  /** Clients that are right by themselves, by their place in the list. */
  readonly clients: ReadonlyMap<number, ClientSettings>;
  /** What is wrong with the files it names; only a start and a check look, since a command needs few of them. */
  readonly fileProblems: () => readonly Problem[];
  /** Names the source of a finding. */
  readonly problemAt: (finding: Finding) => Problem;
}

/** Why a file cannot be read, in words; the code stays for who looks it up. */
const CANNOT_READ: Readonly<Record<string, string>> = {
  ENOENT: 'not there',
  EACCES: 'not readable by this user',
  EISDIR: 'a folder',
};

const NO_FILE: YamlSource = { data: {}, problems: [], locate: () => 'configuration' };

function readSource({ file, env, cwd }: ConfigSource): YamlSource {
  if (file === false) return NO_FILE;
  const named = file ?? (env['COUNTERSIGN_CONFIG'] || undefined);
  const path = resolve(cwd, named ?? 'config/countersign.yaml');
  const inside = relative(cwd, path);
  const name = inside.startsWith('..') ? path : inside;
  try {
    return readYaml(readFileSync(path, 'utf8'), name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT' && named === undefined) return NO_FILE;
    const sentence =
      named === undefined
        ? 'It is read because it is there.'
        : file !== undefined
          ? 'It was named by --config.'
          : 'It was named by COUNTERSIGN_CONFIG.';
    const problem: Problem = {
      source: name,
      field: '(file)',
      was: `${CANNOT_READ[code] ?? 'unreadable'} (${code})`,
      wanted: 'a file that can be read',
      sentence,
    };
    return { ...NO_FILE, problems: [problem] };
  }
}

/** Each section and each client by itself, so that one wrong place does not hide what is wrong elsewhere. */
function rightSections(merged: unknown): RightSections {
  if (typeof merged !== 'object' || merged === null) return {};
  const { clients: _, ...shape } = configSchema.shape;
  const right: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const parsed = schema.safeParse(valueAt(merged, [name]));
    if (parsed.success) right[name] = parsed.data;
  }
  const listed = valueAt(merged, ['clients']);
  const clients = new Map<number, DeclaredClient>();
  for (const [n, one] of (Array.isArray(listed) ? listed : []).entries()) {
    const parsed = declaredClient.safeParse(one);
    if (parsed.success) clients.set(n, parsed.data);
  }
  return { ...right, clients };
}

/** Where a secret is read from, and what it has to look like. */
interface SecretFile {
  readonly file: string;
  readonly path: readonly (string | number)[];
  readonly field: string;
  readonly accepts: RegExp;
  readonly wanted: string;
}

/** @returns the secret, or `undefined` after it was reported what is wrong with its file. */
function readSecret(
  { file, path, field, accepts, wanted }: SecretFile,
  cwd: string,
  report: (finding: Finding) => void,
): string | undefined {
  const sentence = 'The secret is read once, at the start.';
  try {
    const secret = readFileSync(resolve(cwd, file), 'utf8').trim();
    if (accepts.test(secret)) return secret;
    report({ path, field, was: 'a file with another content (not shown)', wanted, sentence });
  } catch (error) {
    const was = `'${file}' (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`;
    report({ path, field, was, wanted: 'a file that can be read', sentence });
  }
  return undefined;
}

function withClientSecret(
  { secretFile, ...client }: DeclaredClient,
  n: number,
  cwd: string,
  report: (finding: Finding) => void,
): ClientSettings {
  if (secretFile === undefined) return client;
  const from = {
    file: secretFile,
    path: ['clients', n, 'secretFile'],
    field: `clients[${n}].secretFile`,
    accepts: /^[\x20-\x7e]{32,256}$/,
    wanted: 'a file with 32 to 256 printable ASCII characters on one line',
  };
  const secret = readSecret(from, cwd, report);
  return secret === undefined ? client : { ...client, secret };
}

function withMailPassword(
  { mail }: DeclaredConfig,
  cwd: string,
  report: (finding: Finding) => void,
): Pick<Config, 'mail'> {
  if (mail === undefined) return {};
  const { passwordFile, caFile, ...rest } = mail;
  const absolute = caFile === undefined ? rest : { ...rest, caFile: resolve(cwd, caFile) };
  if (passwordFile === undefined) return { mail: absolute };
  const from = {
    file: passwordFile,
    path: ['mail', 'passwordFile'],
    field: 'mail.passwordFile',
    accepts: /^\P{Cc}{1,1024}$/u,
    wanted: 'a file with 1 to 1024 characters on one line',
  };
  const password = readSecret(from, cwd, report);
  return { mail: password === undefined ? absolute : { ...absolute, password } };
}

function withAbsolutePaths(
  { mail: _, ...config }: DeclaredConfig,
  cwd: string,
): Omit<DeclaredConfig, 'mail'> {
  const { http, store, log, password, passkeys, push, risk, factors } = config;
  const file = (path: string) => resolve(cwd, path);
  return {
    ...config,
    http: http.tls
      ? { ...http, tls: { certFile: file(http.tls.certFile), keyFile: file(http.tls.keyFile) } }
      : http,
    store: { ...store, dataDir: file(store.dataDir) },
    log: log.file === undefined ? log : { ...log, file: file(log.file) },
    risk: {
      ...risk,
      cityFiles: risk.cityFiles.map(file),
      networkFiles: risk.networkFiles.map(file),
      anonymousFiles: risk.anonymousFiles.map(file),
      hostingLists: risk.hostingLists.map(file),
      anonymousLists: risk.anonymousLists.map(file),
    },
    passkeys: { ...passkeys, roots: passkeys.roots.map(file) },
    factors: factors.offlineCode
      ? { ...factors, offlineCode: { keyFile: file(factors.offlineCode.keyFile) } }
      : factors,
    push: push.caFile === undefined ? push : { ...push, caFile: file(push.caFile) },
    password:
      password.blocklistFile === undefined
        ? password
        : { ...password, blocklistFile: file(password.blocklistFile) },
  };
}

/** Reads file and environment and collects everything that is wrong, without throwing. */
export function readConfig(from: ConfigSource): ReadConfig {
  const source = readSource(from);
  const { merged, setBy, problems: unknownVariables } = overlayEnvironment(source.data, from.env);
  const problemAt = ({ path, unknownKey, field, was, wanted, sentence }: Finding): Problem => {
    const variable = variableOf(setBy, path);
    const place = variable ? `environment ${variable}` : source.locate(path, unknownKey ? 'key' : 'value');
    return { source: place, field, was, wanted, sentence };
  };
  // A file that is no YAML, or could not be read, would only bring up "missing" for what it says.
  if (source.problems.length > 0) {
    const problems = [...source.problems, ...unknownVariables];
    return { problems, clients: new Map(), fileProblems: () => [], problemAt };
  }

  const parsed = configSchema.safeParse(merged);
  const found = parsed.success ? [] : findings(configSchema, merged, parsed.error.issues);
  const sections = rightSections(merged);
  found.push(...configRules(sections).map((broken) => finding(configSchema, merged, broken)));
  const clients = new Map<number, ClientSettings>();
  for (const [n, client] of sections.clients ?? []) {
    clients.set(
      n,
      withClientSecret(client, n, from.cwd, (one) => found.push(one)),
    );
  }
  const mail = parsed.success ? withMailPassword(parsed.data, from.cwd, (one) => found.push(one)) : {};

  const problems = [...found.map(problemAt).sort(byPlace), ...unknownVariables];
  const fileProblems = () => unreadableFiles(sections, from.cwd).map(problemAt).sort(byPlace);
  if (!parsed.success || problems.length > 0) return { problems, clients, fileProblems, problemAt };
  return {
    config: { ...withAbsolutePaths(parsed.data, from.cwd), ...mail, clients: [...clients.values()] },
    problems,
    clients,
    fileProblems,
    problemAt,
  };
}

/**
 * The configuration a command works with.
 * @returns every option filled in; durations in milliseconds, paths absolute, secrets of clients read from their files
 * @throws {ConfigInvalid} naming everything that is wrong
 */
export function loadConfig(from: ConfigSource): Config {
  const { config, problems } = readConfig(from);
  if (!config) throw new ConfigInvalid(problems);
  return config;
}

/**
 * The configuration the server starts with: as `loadConfig`, and every file it names can be read.
 * @throws {ConfigInvalid} naming everything that is wrong, the files among it
 */
export function loadConfigToStart(from: ConfigSource): Config {
  const { config, problems, fileProblems } = readConfig(from);
  const all = [...problems, ...fileProblems()];
  if (!config || all.length > 0) throw new ConfigInvalid(all);
  return config;
}
