// A resource server that asks for more where more is at stake (RFC 9470): reading takes any sign-in of the last twelve
// hours, paying takes a passkey shown in the last five minutes.
import http from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const { ISSUER, RESOURCE, PORT } = process.env;
const metadata = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

/** What each request needs: scope, acr values that will do (best first; none: any), age of the proof in seconds. */
const NEEDS = {
  'GET /balance': { scope: 'read', acr: [], maxAge: 12 * 3600 },
  'POST /payments': { scope: 'write', acr: ['phr', 'phrh'], maxAge: 300 },
};

/** RFC 6750 section 3 and RFC 9470 section 3: the error, and what would do. */
class Refused extends Error {
  constructor(status, error, description, more = {}) {
    super(description);
    const parameters = Object.entries({ error, error_description: description, ...more });
    this.status = status;
    this.challenge = `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
  }
}

/** Who calls, by an access token that proves enough. */
async function check(request, needs) {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!token) throw new Refused(401, 'invalid_token', 'no access token');
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: RESOURCE,
    typ: 'at+jwt', // RFC 9068: an ID token is no access token
    requiredClaims: ['exp', 'sub', 'client_id', 'acr', 'auth_time'],
  });
  if (!String(payload.scope).split(' ').includes(needs.scope)) {
    throw new Refused(403, 'insufficient_scope', `the scope ${needs.scope} is needed`, {
      scope: needs.scope,
    });
  }
  const proved = needs.acr.length === 0 || needs.acr.includes(payload.acr);
  const fresh = Date.now() / 1000 - payload.auth_time <= needs.maxAge;
  if (!proved || !fresh) {
    throw new Refused(401, 'insufficient_user_authentication', 'more has to be proved for this', {
      ...(needs.acr.length > 0 ? { acr_values: needs.acr.join(' ') } : {}),
      max_age: needs.maxAge,
    });
  }
  return payload.sub;
}

http
  .createServer(async (request, response) => {
    const answer = (status, body, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    const needs = NEEDS[`${request.method} ${request.url}`];
    if (!needs) return answer(404, { error: 'not_found' });
    try {
      const sub = await check(request, needs);
      answer(200, request.method === 'POST' ? { paid: true, by: sub } : { balance: 250, of: sub });
    } catch (error) {
      if (error instanceof Refused)
        return answer(error.status, { error: error.message }, { 'www-authenticate': error.challenge });
      if (!(error instanceof errors.JOSEError)) {
        console.error(error);
        return answer(500, { error: 'server_error' });
      }
      answer(401, { error: error.message }, { 'www-authenticate': 'Bearer error="invalid_token"' });
    }
  })
  .listen(PORT, () => console.log(`API on ${PORT}`));
