/** Where the endpoints are; also what the front and the conformance plans look for. */
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  pushed_authorization_request: '/par',
  device_authorization: '/device_authorization',
  code_verification: '/device',
  end_session: '/logout',
} as const;

/** Names of oidc-provider's own cookies (R41). */
export function cookieNames(issuer: string) {
  const secure = issuer.startsWith('https:');
  // Browsers drop `__Host-` on a cookie with a path; the interaction cookies are bound to theirs.
  return secure
    ? { session: '__Host-session', interaction: '__Secure-interaction', resume: '__Secure-resume' }
    : { session: 'session', interaction: 'interaction', resume: 'resume' };
}
