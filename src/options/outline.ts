import { z } from 'zod';
import { type Option, optionOf, sectionOf } from './option.ts';

export type Path = readonly (string | number)[];

export type Outline =
  | { readonly is: 'section'; readonly path: readonly string[]; readonly sentence: string }
  | { readonly is: 'option'; readonly path: readonly string[]; readonly option: Option };

/** The schema inside optional, default and transform. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional)
    return inner(schema.def.innerType);
  return schema;
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const bare = inner(schema);
  return bare instanceof z.ZodObject ? bare.shape : undefined;
}

function itemOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const bare = inner(schema);
  return bare instanceof z.ZodArray ? (bare.element as z.core.$ZodType) : undefined;
}

/** Every section and option under a schema, in the order they are written; the options of a list of maps under `[]`. */
export function* outline(schema: z.core.$ZodType, path: readonly string[] = []): Generator<Outline> {
  const option = optionOf(schema);
  const group = sectionOf(schema);
  if (option) yield { is: 'option', path, option };
  else if (group) yield { is: 'section', path, sentence: group.sentence };
  if (option && option.reads !== 'records') return;
  const item = option ? itemOf(schema) : schema;
  for (const [key, member] of Object.entries((item && shapeOf(item)) ?? {})) {
    yield* outline(member, [...path, ...(option ? ['[]'] : []), key]);
  }
}

/** What is known about a place in the data: the closest option at or above it, and the keys a map there may have. */
export function lookUp(schema: z.core.$ZodType, path: Path): { option?: Option; keys: readonly string[] } {
  let here: z.core.$ZodType | undefined = schema;
  let option: Option | undefined;
  for (const step of path) {
    here = typeof step === 'number' ? itemOf(here) : shapeOf(here)?.[step];
    if (!here) break;
    option = optionOf(here) ?? (option?.reads === 'records' ? undefined : option);
  }
  const keys: readonly string[] = here ? Object.keys(shapeOf(here) ?? {}) : [];
  return option ? { option, keys } : { keys };
}

/** `clients[0].redirectUris[1]`; the whole is `(all)`. */
export function fieldName(path: Path): string {
  const name = path.reduce<string>(
    (soFar, step) => (typeof step === 'number' ? `${soFar}[${step}]` : soFar ? `${soFar}.${step}` : step),
    '',
  );
  return name.slice(0, 200).replace(/\p{Cc}/gu, ' ') || '(all)';
}
