import type { Config } from '../config/schema.ts';
import { loadBlocklist } from '../password/blocklist.ts';
import { createHashPool } from '../password/hash-pool.ts';
import type { SetPasswordParts } from '../password/set-password.ts';
import type { Services } from '../services.ts';

/** What checking and hashing a password takes, for one command. */
export async function withPasswordParts<T>(
  services: Services,
  config: Config,
  work: (parts: SetPasswordParts) => Promise<T>,
): Promise<T> {
  const { minLength, maxLength, blocklistFile, argon2 } = config.password;
  const blocklist = await loadBlocklist(blocklistFile === undefined ? {} : { extraFile: blocklistFile });
  const pool = createHashPool({ ...argon2, threads: 1 });
  try {
    const rules = { minLength, maxLength, blocklist, organisation: config.organisation.name };
    return await work({ accounts: services.accounts, pool, rules });
  } finally {
    await pool.close();
  }
}
