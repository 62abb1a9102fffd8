/**
 * One grammar for everything an admin may set, in the configuration file and in a client's record: an option is a zod
 * schema that also says its type, default, unit and, in one sentence, what it does. Errors and the printed
 * documentation are both made from it, so neither can differ from what the code accepts.
 */
import { z } from 'zod';

/** What the values of an option look like; written once for each kind in `kinds.ts` and `addresses.ts`. */
export interface Kind {
  readonly reads: 'text' | 'integer' | 'flag' | 'duration' | 'list' | 'map' | 'records';
  /** For the documentation, with its range: `duration, 30s to 5min`. */
  readonly type: string;
  /** For an error message: `a duration from 30s to 5min, such as 120s`. */
  readonly wanted: string;
  /** Of a list: what one item of it has to be. */
  readonly wantedItem?: string;
  readonly unit?: string;
}

export interface Option extends Kind {
  /** One sentence: what it does. */
  readonly sentence: string;
  /** The default as people would write it; `required` and `none` where there is no default. */
  readonly standard: string;
  /** Never shown in an error. */
  readonly secret?: boolean;
  /** A customary environment variable that also sets it. */
  readonly alsoEnvironment?: string;
}

type Extras = Partial<Pick<Option, 'standard' | 'secret' | 'alsoEnvironment' | 'unit'>>;

const kinds = z.registry<Kind>();
const options = z.registry<Option>();
const sections = z.registry<{ readonly sentence: string }>();

export const kind = <S extends z.ZodType>(schema: S, what: Kind): S => {
  kinds.add(schema, what);
  return schema;
};

export const kindOf = (schema: z.core.$ZodType): Kind => {
  const found = kinds.get(schema);
  if (!found) throw new TypeError('an option is made of a kind');
  return found;
};

export const optionOf = (schema: z.core.$ZodType): Option | undefined => options.get(schema);
export const sectionOf = (schema: z.core.$ZodType): { readonly sentence: string } | undefined =>
  sections.get(schema);

function written(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length
      ? value.map((item) => (typeof item === 'object' ? written(item) : String(item))).join(', ')
      : 'none';
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${item}`)
    .join(', ')} }`;
}

/** An option that has a value even when nobody sets it; `value` is in the spelling of the file. */
export function standard<S extends z.ZodType>(
  schema: S,
  value: z.input<S>,
  sentence: string,
  extras: Extras = {},
) {
  const option = schema.prefault(value as never) as z.ZodPrefault<S>;
  options.add(option, { ...kindOf(schema), standard: written(value), sentence, ...extras });
  return option;
}

/** An option that may be left out. */
export function optional<S extends z.ZodType>(
  schema: S,
  sentence: string,
  extras: Extras = {},
): z.ZodExactOptional<S> {
  const option = schema.exactOptional();
  options.add(option, { ...kindOf(schema), standard: 'none', sentence, ...extras });
  return option;
}

/** An option without which nothing starts. */
export function required<S extends z.ZodType>(schema: S, sentence: string, extras: Extras = {}): S {
  options.add(schema, { ...kindOf(schema), standard: 'required', sentence, ...extras });
  return schema;
}

/** A group of options; it may be left out when each of them may. */
export function section<T extends z.core.$ZodLooseShape>(sentence: string, shape: T) {
  const object = z.strictObject(shape);
  const group = object.prefault({} as never) as z.ZodPrefault<typeof object>;
  sections.add(group, { sentence });
  return group;
}

/** A group of options that is absent as a whole unless it is written. */
export function optionalSection<T extends z.core.$ZodLooseShape>(sentence: string, shape: T) {
  const group = z.strictObject(shape).exactOptional();
  sections.add(group, { sentence });
  return group;
}

/** A list of maps, each with options of its own, documented as `name[].option`. */
export function records<S extends z.ZodType>(item: S, value: z.input<S>[], sentence: string) {
  const list = kind(z.array(item), { reads: 'records', type: 'list of maps', wanted: 'a list of maps' });
  return standard(list, value as z.input<typeof list>, sentence);
}
