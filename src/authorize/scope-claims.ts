/** Every standard claim by the scope that asks for it (OpenID Connect Core 1.0 section 5.4). */
export const SCOPE_CLAIMS: Readonly<Record<string, readonly string[]>> = {
  // The library's default gives an ID token none of acr, amr, auth_time.
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
};

/** Claims that need nobody's consent: they say how somebody signed in, not who it is. */
const ALWAYS = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);

/** The claims about a person that these scopes stand for. */
export function claimsOfScopes(scopes: Iterable<string>): string[] {
  const claims = [...scopes].flatMap((scope) => SCOPE_CLAIMS[scope] ?? []);
  return claims.filter((claim) => !ALWAYS.has(claim));
}

export function needConsent(claims: Iterable<string>): string[] {
  return [...claims].filter((claim) => !ALWAYS.has(claim));
}
