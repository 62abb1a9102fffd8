import { parseDuration } from '../options/duration.ts';
import { type Finding, findings } from '../options/findings.ts';
import { clientSchema } from './schema.ts';
import type { ClientSettings } from './shape.ts';

export type { ClientSettings } from './shape.ts';

/**
 * Checks a client that came from outside: the CLI, the admin API, a record of the store.
 * @returns the client with its defaults, or everything that is wrong with it
 */
export function parseClient(
  input: unknown,
): { readonly client: ClientSettings } | { readonly problems: Finding[] } {
  const result = clientSchema.safeParse(input, { jitless: true });
  return result.success
    ? { client: result.data }
    : { problems: findings(clientSchema, input, result.error.issues) };
}

/** How old a proof may be for this client: for the whole session, never (`always` anew), or milliseconds. */
export function maxProofAgeOf(
  client: Pick<ClientSettings, 'maxProofAge'>,
): 'session' | 'always' | { readonly ms: number } {
  const age = client.maxProofAge;
  if (age === 'session' || age === 'always') return age;
  const ms = parseDuration(age);
  // A record nobody could have written by the schema: the strict reading is the safe one.
  return ms === undefined ? 'always' : { ms };
}
