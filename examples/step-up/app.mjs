// An app that goes back for more when the API asks for it, and for nothing more than that (RFC 9470 section 4).
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, API, RESOURCE } = process.env;
const issuer = new URL(ISSUER);
const home = new URL('/', REDIRECT_URI);
// Only for a server on this machine: everywhere else the issuer is https.
const local = issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : undefined;
const config = await oidc.discovery(
  issuer,
  CLIENT_ID,
  undefined,
  oidc.ClientSecretBasic(CLIENT_SECRET),
  local,
);
const sessions = new Map(); // cookie -> { token, sub, begun }; a real app keeps them in its store

/** Sends the browser to sign in. `more`: what the API wants proved. `then`: the request to do again afterwards. */
async function signIn(session, more = {}, then = undefined) {
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  session.begun = { verifier, state, nonce, then };
  return oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid read write',
    resource: RESOURCE,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  }).href;
}

/** Back from signing in. @returns the request to do again, if there was one */
async function finish(session, url) {
  const { verifier, state, nonce, then } = session.begun ?? {};
  session.begun = undefined;
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  const tokens = await oidc.authorizationCodeGrant(config, url, checks, { resource: RESOURCE });
  session.token = tokens.access_token;
  session.sub = tokens.claims().sub;
  return then;
}

/** Calls the API. @returns its answer, or where to send the browser first */
async function call(session, method, path) {
  try {
    const answer = await oidc.fetchProtectedResource(config, session.token, new URL(path, API), method);
    return { answer: await answer.json() };
  } catch (error) {
    if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error;
    const { parameters } = error.cause.find(({ scheme }) => scheme === 'bearer') ?? { parameters: {} };
    if (parameters.error === 'invalid_token') return { goTo: await signIn(session, {}, { method, path }) };
    if (parameters.error !== 'insufficient_user_authentication') throw error;
    const { acr_values, max_age } = parameters;
    const more = { ...(acr_values ? { acr_values } : {}), ...(max_age ? { max_age } : {}) };
    return { goTo: await signIn(session, more, { method, path }) };
  }
}

const page = (
  body,
) => `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Bank</title>
<main><h1>Bank</h1>${body}<p><a href="/balance">Balance</a></p>
<form method="post" action="/pay"><button>Pay 50</button></form></main></html>`;
const plain = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

async function answer(session, request) {
  const url = new URL(request.url, home);
  const done = async (method, path) => {
    const { answer, goTo } = await call(session, method, path);
    return goTo ? { goTo } : { body: `<p>${plain(JSON.stringify(answer))}</p>` };
  };
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      return session.token ? { body: '<p>You are signed in.</p>' } : { goTo: await signIn(session) };
    case 'GET /balance':
      return session.token ? done('GET', '/balance') : { goTo: await signIn(session) };
    case 'POST /pay':
      // SameSite=Lax keeps the cookie from posts of other sites; of older browsers this does.
      if (request.headers.origin !== home.origin) return { status: 403, body: '<p>Not from here.</p>' };
      return session.token ? done('POST', '/payments') : { goTo: await signIn(session) };
    case `GET ${new URL(REDIRECT_URI).pathname}`: {
      const then = await finish(session, url);
      return then ? done(then.method, then.path) : { goTo: home.href };
    }
    default:
      return { status: 404, body: '<p>There is no such page.</p>' };
  }
}

http
  .createServer(async (request, response) => {
    const [, id = randomBytes(32).toString('base64url')] =
      /(?:^|; )bank=([\w-]{43})/.exec(request.headers.cookie ?? '') ?? [];
    const session = sessions.get(id) ?? {};
    sessions.set(id, session);
    const cookie = `bank=${id}; Path=/; HttpOnly; SameSite=Lax${home.protocol === 'https:' ? '; Secure' : ''}`;
    try {
      const { status = 200, body, goTo } = await answer(session, request);
      if (goTo) response.writeHead(303, { location: goTo, 'set-cookie': cookie }).end();
      else
        response
          .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookie })
          .end(page(body));
    } catch (error) {
      // The provider says that this person has no passkey, or the person gave up: the app stays as it was.
      const text =
        error.error === 'unmet_authentication_requirements'
          ? 'Paying needs a passkey. Make one on your account page, then try again.'
          : `That did not work: ${error.error ?? error.code ?? error.message}`;
      response
        .writeHead(400, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookie })
        .end(page(`<p>${plain(text)}</p>`));
    }
  })
  .listen(Number(home.port), () => console.log(`app on ${home.href}`));
