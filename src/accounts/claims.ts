import type { Account } from './account.ts';

/**
 * Every standard claim of OpenID Connect Core 1.0 section 5.1 that this account has a value for; the scopes decide
 * later which of them an app gets. The first e-mail is the one told. `updated_at` is a number of seconds.
 */
export function claimsFor(account: Account): Record<string, unknown> {
  const { address, ...profile } = account.profile;
  const claims: Record<string, unknown> = {
    preferred_username: account.userName,
    ...profile,
    updated_at: account.updatedAt,
    sub: account.sub,
  };
  const email = account.emails[0];
  if (email) {
    claims['email'] = email.address;
    claims['email_verified'] = email.verified;
  }
  if (profile.phone_number === undefined) delete claims['phone_number_verified'];
  else claims['phone_number_verified'] = profile.phone_number_verified ?? false;
  if (address && Object.keys(address).length > 0) claims['address'] = { ...address };
  return claims;
}
