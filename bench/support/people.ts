import { createHashPool } from '../../src/password/hash-pool.ts';
import type { Installation } from './real-server.ts';
import { addPerson, type Person } from './sign-in.ts';

export const PASSWORD = 'the long password of everybody here';

/** People with one device each, enrolled at a server that runs; all have one password, hashed once as configured. */
export async function addPeople(
  { services, issuer }: Installation,
  count: number,
  options: { readonly subscription?: unknown; readonly name?: string } = {},
): Promise<Person[]> {
  const { argon2 } = services.config.password;
  const pool = createHashPool(argon2);
  const hash = await pool.hash(PASSWORD);
  await pool.close();
  const people: Person[] = [];
  const secret = { password: PASSWORD, hash };
  const { subscription, name = 'person' } = options;
  for (let i = 0; i < count; i++) {
    people.push(
      await addPerson(
        services,
        issuer,
        `${name}-${i}`,
        secret,
        subscription === undefined ? {} : { subscription },
      ),
    );
  }
  return people;
}
