import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../../src/accounts/account.ts';
import type { Services } from '../../src/services.ts';
import { enrolDevice, type SoftwareDevice } from '../../test/support/software-device.ts';
import { TestBrowser, type TestPage } from '../../test/support/test-browser.ts';

const APP = 'https://app.example';
const CALLBACK = `${APP}/cb`;
const SECRET = 'a-secret-that-is-long-enough-for-a-benchmark';

export const CLIENT = {
  clientId: 'app',
  name: 'Bench app',
  secret: SECRET,
  redirectUris: [CALLBACK],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'offline_access'],
  idTokenSignedResponseAlg: 'ES256',
};

/** The same app for a server whose password step leads straight to consent. */
export const PASSWORD_CLIENT = { ...CLIENT, clientId: 'password-app', floor: 'pwd' };

export interface Person {
  readonly account: Account;
  readonly password: string;
  readonly device: SoftwareDevice;
}

export const atApp = (url: string) => url.startsWith(APP);
const random = () => randomBytes(32).toString('base64url');

/** A person with a device, enrolled at the running server. @param passwordHash of `password`. */
export async function addPerson(
  services: Services,
  issuer: string,
  userName: string,
  secret: { readonly password: string; readonly hash: string },
  options: { readonly subscription?: unknown } = {},
): Promise<Person> {
  const account = await services.accounts.create({ userName }, secret.hash);
  const device = await enrolDevice(services, issuer, account, options);
  return { account, password: secret.password, device };
}

export interface AuthorizeUrl {
  readonly url: string;
  readonly verifier: string;
}

export function authorizeUrl(issuer: string, clientId = CLIENT.clientId): AuthorizeUrl {
  const verifier = random();
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid offline_access',
    prompt: 'consent',
    redirect_uri: CALLBACK,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'st',
  });
  return { url: `${issuer}/authorize?${query}`, verifier };
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

/** Told before each step, which waits for it, so that what a step costs can be told apart. */
export type OnStep = (step: string) => unknown;

/** A whole sign-in in a new browser: password, push approval with one parked poll, consent, code, tokens. */
export async function signIn(issuer: string, person: Person, onStep: OnStep = () => {}): Promise<Tokens> {
  const browser = new TestBrowser();
  const { url, verifier } = authorizeUrl(issuer);
  await onStep('GET /authorize');
  const login = await browser.open(url, atApp);
  await onStep('POST password');
  const left = await browser.submit(login, 'login-form', {
    username: person.account.userName,
    password: person.password,
  });
  await onStep('resume, waiting page');
  const waiting = await browser.follow(left, atApp);
  await onStep('poll');
  const poll = waitForAnswer(browser, waiting);
  const parked = await Promise.race([
    poll,
    new Promise<'parked'>((resolve) => setTimeout(resolve, 3, 'parked')),
  ]);
  if (parked !== 'parked') throw new Error(`the poll was not parked: ${parked.text}`);
  await onStep('device: list');
  const challenge = await person.device.newest();
  await onStep('device: answer, poll answered');
  const number = /data-number="(\d+)"/.exec(waiting.text)?.[1];
  if (number === undefined) throw new Error(`no number on "${waiting.title}"`);
  await person.device.client.answer(challenge, 'approve', { number });
  const told = await poll;
  if (!told.text.includes('"approved"')) throw new Error(`the poll said ${told.text}`);
  await onStep('POST continue');
  const proceed = await browser.submit(waiting, 'continue-form');
  await onStep('resume, consent page');
  const consent = await browser.follow(proceed, atApp);
  return finish(browser, consent, issuer, verifier, onStep);
}

/** The same without the push step, for a client whose floor is the password. */
export async function signInByPassword(issuer: string, person: Person, onStep: OnStep): Promise<Tokens> {
  const browser = new TestBrowser();
  const { url, verifier } = authorizeUrl(issuer, PASSWORD_CLIENT.clientId);
  await onStep('GET /authorize');
  const login = await browser.open(url, atApp);
  await onStep('POST password');
  const fields = { username: person.account.userName, password: person.password };
  const left = await browser.submit(login, 'login-form', fields);
  await onStep('resume, consent page');
  const consent = await browser.follow(left, atApp);
  return finish(browser, consent, issuer, verifier, onStep, PASSWORD_CLIENT.clientId);
}

async function finish(
  browser: TestBrowser,
  consent: TestPage,
  issuer: string,
  verifier: string,
  onStep: OnStep,
  clientId = CLIENT.clientId,
): Promise<Tokens> {
  await onStep('POST consent');
  const agreed = await browser.submit(consent, 'consent-form');
  await onStep('resume, code');
  const done = await browser.follow(agreed, atApp);
  const code = done.next && new URL(done.next).searchParams.get('code');
  if (!code) throw new Error(`no code: ${done.status} "${done.title}" ${done.next}`);
  await onStep('POST /token');
  return redeem(issuer, { code, code_verifier: verifier, redirect_uri: CALLBACK }, clientId);
}

function waitForAnswer(browser: TestBrowser, waiting: TestPage): Promise<TestPage> {
  const path = /data-poll="([^"]+)"/
    .exec(waiting.text)?.[1]
    ?.replaceAll('&#38;', '&')
    .replaceAll('&amp;', '&');
  const version = /data-version="([^"]+)"/.exec(waiting.text)?.[1];
  if (path === undefined || version === undefined) throw new Error(`no poll on "${waiting.title}"`);
  return browser.request(`${new URL(path, waiting.url).href}&v=${version}`);
}

/** Only the redirects of a server without pages, then the tokens. */
export async function signInBare(issuer: string): Promise<Tokens> {
  const browser = new TestBrowser();
  const { url, verifier } = authorizeUrl(issuer);
  const done = await browser.open(url, atApp);
  const code = done.next && new URL(done.next).searchParams.get('code');
  if (!code) throw new Error(`no code: ${done.status} "${done.title}" ${done.next} ${done.text}`);
  return redeem(issuer, { code, code_verifier: verifier, redirect_uri: CALLBACK });
}

async function redeem(
  issuer: string,
  fields: Record<string, string>,
  clientId = CLIENT.clientId,
): Promise<Tokens> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: basic(clientId), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'authorization_code', ...fields }).toString(),
  });
  const tokens = (await response.json()) as Tokens;
  if (!tokens.id_token) throw new Error(`no tokens: ${JSON.stringify(tokens)}`);
  return tokens;
}

export const basic = (clientId = CLIENT.clientId) =>
  `Basic ${Buffer.from(`${clientId}:${SECRET}`).toString('base64')}`;
