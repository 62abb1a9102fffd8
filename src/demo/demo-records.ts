import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import type { NewAccountInput } from '../accounts/schema.ts';
import { type ClientSettings, parseClient } from '../clients/client.ts';
import { loadBlocklist } from '../password/blocklist.ts';
import { createHashPool } from '../password/hash-pool.ts';
import { setPassword } from '../password/set-password.ts';
import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import { appAddresses } from './app/start.ts';
import { DemoProblem } from './demo-problem.ts';

/** The app is known by this id; `countersign serve` refuses a store that holds it. */
export const DEMO_CLIENT_ID = 'demo-app';
export const DEMO_USER = 'ada';
export const DEMO_EMAIL = 'ada@example.com';
/** Known to everybody: it protects nothing, and the second factor is a key in the data folder. */
export const DEMO_PASSWORD = 'lantern harbour violet teapot';
export const DEMO_SCOPE = 'openid profile email phone address';

const ADA: NewAccountInput = {
  userName: DEMO_USER,
  emails: [{ address: DEMO_EMAIL, verified: true }],
  profile: {
    name: 'Ada Lovelace',
    given_name: 'Ada',
    middle_name: 'King',
    family_name: 'Lovelace',
    nickname: 'Enchantress of Number',
    preferred_username: DEMO_USER,
    profile: 'https://example.com/people/ada',
    picture: 'https://example.com/people/ada.png',
    website: 'https://example.com/ada',
    gender: 'female',
    birthdate: '1815-12-10',
    zoneinfo: 'Europe/London',
    locale: 'en-GB',
    phone_number: '+442079460018',
    phone_number_verified: true,
    address: {
      formatted: '12 St James’s Square\nLondon SW1Y 4JH\nUnited Kingdom',
      street_address: '12 St James’s Square',
      locality: 'London',
      region: 'Greater London',
      postal_code: 'SW1Y 4JH',
      country: 'United Kingdom',
    },
  },
};

export interface DemoRecords {
  readonly account: Account;
  readonly clientSecret: string;
}

/**
 * The demo user and the demo app, made once and found again at every later start.
 *
 * @throws DemoProblem on a store that belongs to somebody: demo accounts never join real ones
 */
export async function prepareRecords(services: Services, appOrigin: string): Promise<DemoRecords> {
  const { accounts, clients } = services;
  const before = await clients.find(DEMO_CLIENT_ID);
  if (!before && (await accounts.list({ limit: 1 })).accounts.length > 0) {
    const text =
      'This store holds accounts that are not the demo’s. The demo starts on an empty store: choose another --data, or another REDIS_URL.';
    throw new DemoProblem(text);
  }
  // First, so that from here on `serve` refuses the store.
  const client = await ensureClient(services, before, appOrigin);
  const account = await ensureAccount(services);
  return { account, clientSecret: client.secret ?? '' };
}

async function ensureClient(
  { clients }: Services,
  before: ClientSettings | undefined,
  appOrigin: string,
): Promise<ClientSettings> {
  const { redirectUri, postLogoutRedirectUri } = appAddresses(appOrigin);
  const parsed = parseClient({
    clientId: DEMO_CLIENT_ID,
    name: 'Demo app',
    secret: before?.secret ?? randomBytes(32).toString('base64url'),
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [postLogoutRedirectUri],
    scopes: DEMO_SCOPE.split(' '),
    firstParty: false,
    clientUri: appOrigin,
  });
  if ('problems' in parsed) throw new Error(`demo client: ${JSON.stringify(parsed.problems)}`);
  if (before?.redirectUris.includes(redirectUri)) return before;
  // The app moved to another port.
  if (before) await clients.remove(DEMO_CLIENT_ID);
  await clients.add(parsed.client);
  return parsed.client;
}

async function ensureAccount({ accounts, config }: Services): Promise<Account> {
  const account = (await accounts.findByName(DEMO_USER)) ?? (await accounts.create(ADA));
  if (account.passwordHash !== null) return account;
  const { minLength, maxLength, argon2 } = config.password;
  const rules = {
    minLength,
    maxLength,
    organisation: config.organisation.name,
    blocklist: await loadBlocklist({}),
  };
  const pool = createHashPool({ ...argon2, threads: 1 });
  try {
    const set = await setPassword({ accounts, pool, rules }, account, DEMO_PASSWORD);
    if (set.ok) return set.account;
    const why = set.problems.map(({ text }) => text).join(' ');
    throw new DemoProblem(`The demo password does not meet the rules for passwords: ${why}`);
  } finally {
    await pool.close();
  }
}

/** Takes back what a walk has put into a store for good; the rest expires by itself. */
export async function removeRecords(services: Services, sub: string): Promise<void> {
  const { store, accounts, clients, devices } = services;
  for (const { thumbprint } of await devices.list(sub)) await store.delete(keys.deviceKey(thumbprint));
  await accounts.remove(sub);
  await clients.remove(DEMO_CLIENT_ID);
  const forGood = [
    keys.devices(sub),
    keys.consent(sub, DEMO_CLIENT_ID),
    keys.openChallenges(sub),
    keys.signingKeys(),
    keys.cookieKeys(),
    keys.vapidKeys(),
    keys.serverSecrets(),
  ];
  for (const key of forGood) await store.delete(key);
}
