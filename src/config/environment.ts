import { valueAt } from '../options/findings.ts';
import { nearest } from '../options/nearest.ts';
import type { Option } from '../options/option.ts';
import { fieldName, outline, type Path } from '../options/outline.ts';
import type { Problem } from './problems.ts';
import { configSchema } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'COUNTERSIGN_';

/** Names the CLI and the start read themselves, besides the options. */
const OTHER_NAMES = ['COUNTERSIGN_CONFIG', 'COUNTERSIGN_DEBUG'];

/** Kubernetes puts these into every container of a namespace that has a service called `countersign`. */
const SERVICE_LINK =
  /^COUNTERSIGN_(SERVICE_(HOST|PORT)(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** `COUNTERSIGN_PASSWORD_ARGON2_MEMORY_KIB` for `password.argon2.memoryKiB`. */
export function environmentName(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/KiB$/, 'Kib').replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_'));
  return `${PREFIX}${words.join('_').toUpperCase()}`;
}

/** The options that one variable can hold, by the variables that set them; later names win. */
export function environmentOptions(): Map<string, { path: readonly string[]; option: Option }> {
  const names = new Map<string, { path: readonly string[]; option: Option }>();
  for (const entry of outline(configSchema)) {
    if (entry.is !== 'option' || entry.option.reads === 'records' || entry.path.includes('[]')) continue;
    const { path, option } = entry;
    if (option.alsoEnvironment) names.set(option.alsoEnvironment, { path, option });
    names.set(environmentName(path), { path, option });
  }
  return names;
}

/** A variable as the file would have it: numbers, flags and lists with commas are read, the rest is text. */
function read(text: string, reads: Option['reads']): unknown {
  if (reads === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (reads === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  if (reads === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  return text;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A section whose options are all commented out reads as nothing; it means what an absent one means. */
function withoutEmptySections(data: unknown): unknown {
  for (const { is, path } of outline(configSchema)) {
    const above = valueAt(data, path.slice(0, -1));
    const key = path.at(-1);
    if (is === 'section' && key !== undefined && isMap(above) && above[key] === null) delete above[key];
  }
  return data;
}

/**
 * Lays the environment over the data of the file: a variable wins over the file, an empty one counts as not set.
 * @returns the merged data, which variable set what, and variables that mean nothing
 */
export function overlayEnvironment(data: unknown, env: Environment) {
  const merged: unknown = withoutEmptySections(structuredClone(data));
  const setBy = new Map<string, string>();
  const problems: Problem[] = [];
  const names = environmentOptions();

  for (const [name, { path, option }] of names) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    let here: unknown = merged;
    for (const [depth, key] of path.entries()) {
      if (!isMap(here)) break; // the file has something else here, which is reported as its own problem
      if (depth === path.length - 1) here[key] = read(text, option.reads);
      else {
        if (valueAt(here, [key]) === undefined || here[key] === null) here[key] = {};
        here = here[key];
      }
    }
    setBy.set(fieldName(path), name);
  }

  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || names.has(name) || OTHER_NAMES.includes(name) || SERVICE_LINK.test(name))
      continue;
    const near = nearest(name, [...names.keys(), ...OTHER_NAMES]);
    problems.push({
      source: `environment ${name}`,
      field: '(variable)',
      was: 'an unknown variable',
      wanted: near ? `perhaps ${near}` : 'a variable of docs/configuration.md',
      sentence: 'Names are checked so that a typing error is not ignored.',
    });
  }
  return { merged, setBy, problems };
}

/** The variable that set a place or something above it. */
export function variableOf(setBy: ReadonlyMap<string, string>, path: Path): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const name = setBy.get(fieldName(path.slice(0, length)));
    if (name) return name;
  }
  return undefined;
}
