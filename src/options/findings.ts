import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { fieldName, lookUp, outline, type Path } from './outline.ts';

/** One thing that is wrong, in words for the person who wrote it. */
export interface Finding {
  readonly path: Path;
  /** `clients[0].redirectUris`. */
  readonly field: string;
  /** The value found, shortened; secrets are never shown. */
  readonly was: string;
  readonly wanted: string;
  /** What the option does, or why the rule is there. */
  readonly sentence: string;
  /** The key itself is wrong, not its value. */
  readonly unknownKey?: boolean;
}

/** What a rule that looks at several options reports; give it to zod as the `params` of a custom issue. */
export interface RuleBroken {
  readonly path: Path;
  readonly wanted: string;
  readonly sentence: string;
}

export function valueAt(input: unknown, path: Path): unknown {
  let here = input;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** A value as an error shows it: shapes instead of contents, no password of a URL, no control characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || value === '') return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  const harmless = value.replace(/(?<!mailto)(:\/{0,2})[^@/]*@/g, '$1(not shown)@').replace(/\p{Cc}/gu, ' ');
  return `'${harmless.length > 120 ? `${harmless.slice(0, 120)}…` : harmless}'`;
}

/** A finding for a place: what was there, hidden when the option is a secret. */
export function finding(schema: z.core.$ZodType, input: unknown, broken: RuleBroken): Finding {
  const value = valueAt(input, broken.path);
  const secret = lookUp(schema, broken.path).option?.secret === true && value !== undefined;
  return {
    path: broken.path,
    field: fieldName(broken.path),
    was: secret ? '(not shown)' : shown(value),
    wanted: broken.wanted,
    sentence: broken.sentence,
  };
}

/** Where a mistyped key may have been meant: a sibling like it, or the same key in another section. */
function meant(schema: z.core.$ZodType, parent: Path, key: string, siblings: readonly string[]): string {
  const near = nearest(key, siblings);
  if (near) return `perhaps ${fieldName([...parent, near])}`;
  for (const entry of outline(schema)) {
    if (entry.is === 'option' && !entry.path.includes('[]') && entry.path.at(-1) === key) {
      return `perhaps ${fieldName(entry.path)}`;
    }
  }
  return siblings.length > 0 ? `one of ${siblings.join(', ')}` : 'nothing here';
}

/**
 * Puts zod's issues into words by the options they belong to: every problem at once, one for a place.
 * @param schema made of the options of `option.ts`
 * @param input what was parsed
 */
export function findings(
  schema: z.core.$ZodType,
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
): Finding[] {
  const found: Finding[] = [];
  for (const issue of issues) {
    const path = issue.path as Path;
    const { option, keys } = lookUp(schema, path);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const at = [...path, key];
        const wanted = meant(schema, path, key, keys);
        found.push({
          path: at,
          field: fieldName(at),
          was: 'an unknown key',
          wanted,
          sentence: 'Keys are checked so that a typing error is not ignored.',
          unknownKey: true,
        });
      }
      continue;
    }
    const params = issue.code === 'custom' ? (issue.params as Partial<RuleBroken> | undefined) : undefined;
    found.push(
      finding(schema, input, {
        path,
        wanted:
          params?.wanted ??
          (typeof path.at(-1) === 'number' ? option?.wantedItem : undefined) ??
          option?.wanted ??
          'a map of options',
        sentence: params?.sentence ?? option?.sentence ?? 'A section holds options by name.',
      }),
    );
  }
  return found.filter(
    (one, n) => found.findIndex((other) => other.field === one.field && other.wanted === one.wanted) === n,
  );
}
