import { passkeyParty } from '../../src/passkey/passkey-party.ts';
import type { RequestOptions } from '../../src/passkey/request-options.ts';
import { type Odd, SoftwareAuthenticator } from './software-authenticator.ts';
import type { TestBrowser, TestPage } from './test-browser.ts';
import type { PersonName, World } from './walk-world.ts';

/** Steps with a passkey, as a page's script takes them. */

/** A passkey that is simply there; how one is made is a matter of test/self-service/. */
export async function givePasskey(
  world: World,
  name: PersonName,
  more: { readonly attested?: boolean; readonly discoverable?: boolean; readonly synced?: boolean } = {},
): Promise<SoftwareAuthenticator> {
  const { attested = false, discoverable = true, synced = false } = more;
  const { passkeys } = world.server.services;
  const { sub, userName } = world.person(name).account;
  const { id: rpId } = passkeyParty(world.issuer, []);
  const habits = { backupEligible: synced, backedUp: synced };
  const authenticator = new SoftwareAuthenticator(new URL(world.issuer).origin, { habits });
  const made = authenticator.createPasskey(
    {
      challenge: 'bm90LWxvb2tlZC1hdA',
      rp: { id: rpId, name: 'here' },
      user: { id: await passkeys.handle(sub), name: userName, displayName: userName },
      pubKeyCredParams: [],
    },
    { discoverable },
  );
  const { decodeAttestationObject, parseAuthenticatorData } = await import('@simplewebauthn/server/helpers');
  const object = decodeAttestationObject(Buffer.from(made.response.attestationObject, 'base64url'));
  const { credentialPublicKey } = parseAuthenticatorData(object.get('authData'));
  const refused = await passkeys.add(sub, {
    id: authenticator.credentialId,
    publicKey: Buffer.from(credentialPublicKey!).toString('base64url'),
    counter: 0,
    transports: ['internal'],
    aaguid: '00112233-4455-6677-8899-aabbccddeeff',
    attested,
    discoverable,
    backupEligible: synced,
    backedUp: synced,
    name: 'Laptop',
    createdAt: Date.now(),
    lastUsedAt: null,
  });
  if (refused) throw new Error(refused);
  return authenticator;
}

const atApp = (url: string) => url.startsWith('https://app.example') || !url.startsWith('http');
const ceremonyOf = (page: TestPage) => {
  const form = page.forms.find(({ id }) => id === 'passkey-form');
  const options = /data-options="([^"]+)"/.exec(page.text)?.[1];
  if (!form || !options) throw new Error(`no passkey on "${page.title}" (${page.status} ${page.url})`);
  return { form, options: new URL(options, page.url).href };
};

export async function askOptions(browser: TestBrowser, page: TestPage): Promise<RequestOptions> {
  const { form, options } = ceremonyOf(page);
  const answer = await browser.request(options, { form: form.fields });
  if (answer.status !== 200) throw new Error(`no options: ${answer.status}`);
  return JSON.parse(answer.text) as RequestOptions;
}

/** Posts what a browser would, without following. */
export async function postPasskey(
  browser: TestBrowser,
  page: TestPage,
  credential: unknown,
): Promise<TestPage> {
  const { form } = ceremonyOf(page);
  const fields = { ...form.fields, credential: JSON.stringify(credential) };
  return browser.request(form.action, { form: fields });
}

/** Uses a passkey on a page that has one, and goes on. */
export async function usePasskey(
  browser: TestBrowser,
  page: TestPage,
  authenticator: SoftwareAuthenticator,
  odd: Odd & { userHandle?: string } = {},
): Promise<TestPage> {
  const options = await askOptions(browser, page);
  const posted = await postPasskey(browser, page, authenticator.getPasskey(options, odd));
  return browser.follow(posted, atApp);
}

/** From any page that links to it. */
export async function passkeyPage(browser: TestBrowser, page: TestPage): Promise<TestPage> {
  const interaction = /^(.*\/interaction\/[^/?]+)/.exec(page.url)?.[1];
  return browser.open(`${interaction}/passkey`);
}
