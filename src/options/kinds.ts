import { z } from 'zod';
import { durationMs, parseDuration } from './duration.ts';
import { kind, kindOf } from './option.ts';

const fail = (ctx: z.core.ParsePayload, input: unknown, message: string): never => {
  ctx.issues.push({ code: 'custom', input, message });
  return z.NEVER;
};

/** A string that `accepts` takes; its schema is shared by every kind made of text. */
export function textOf(type: string, wanted: string, accepts: (value: string) => boolean) {
  return kind(z.string().refine(accepts, wanted), { reads: 'text', type, wanted });
}

/** One line of text without control characters. */
export const text = (from = 1, to = 200) =>
  textOf(
    'text',
    `text of ${from} to ${to} characters on one line`,
    (value) => value.length >= from && value.length <= to && !/\p{Cc}/u.test(value),
  );

/** A path of the file system; relative paths start at the folder the server is started in. */
export const path = () =>
  textOf('path', 'the path of a file or folder', (value) => value.length > 0 && !value.includes('\0'));

export const integer = (from: number, to: number, unit?: string) =>
  kind(z.int().min(from).max(to), {
    reads: 'integer',
    type: `integer, ${from} to ${to}`,
    wanted: `a whole number from ${from} to ${to}`,
    ...(unit ? { unit } : {}),
  });

export const flag = () =>
  kind(z.boolean(), { reads: 'flag', type: '`true` or `false`', wanted: 'true or false' });

export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  kind(z.enum(values), {
    reads: 'text',
    type: values.map((value) => `\`${value}\``).join(', '),
    wanted: `one of ${values.join(', ')}`,
  });

/** In the file a duration with its unit or a number of seconds; in the result milliseconds. */
export function duration(from: string, to: string) {
  const [least, most] = [durationMs(from), durationMs(to)];
  const wanted = `a duration from ${from} to ${to}, such as 500ms, 120s, 10min, 12h, 30d or a number of seconds`;
  const schema = z.union([z.string(), z.number()]).transform((value, ctx): number => {
    const ms = parseDuration(value);
    return ms === undefined || ms < least || ms > most ? fail(ctx, value, wanted) : ms;
  });
  return kind(schema, {
    reads: 'duration',
    type: `duration, ${from} to ${to}`,
    wanted,
    unit: 'seconds if no unit is written',
  });
}

/** A list of one kind, without repetitions. */
export function list<S extends z.ZodType>(item: S, from = 0, to = 200) {
  const { type, wanted } = kindOf(item);
  const schema = z
    .array(item)
    .min(from)
    .max(to)
    .refine((values) => new Set(values).size === values.length, 'each value once');
  const least = from > 0 ? `, at least ${from === 1 ? 'one' : from}` : '';
  return kind(schema, {
    reads: 'list',
    type: `list of: ${type}${least}`,
    wanted: `a list of: ${wanted}${least}, each once`,
    wantedItem: wanted,
  });
}
