/**
 * Everything an admin can set, by section: the single source of types, defaults, checks, error messages and
 * docs/configuration.md. Durations are written with their unit in the file and are milliseconds in `Config`.
 */
import { z } from 'zod';
import type { ClientSettings } from '../clients/client.ts';
import { issuerUrl } from '../options/addresses.ts';
import { required } from '../options/option.ts';
import { clients } from './sections/clients.ts';
import { http } from './sections/http.ts';
import { limits } from './sections/limits.ts';
import { mail } from './sections/mail.ts';
import { log, organisation, store } from './sections/operation.ts';
import { passkeys } from './sections/passkeys.ts';
import { authenticator, push } from './sections/push.ts';
import { policy, risk } from './sections/risk.ts';
import { account, challenge, factors, password, session } from './sections/signin.ts';
import { features, keys, resources, tokens } from './sections/tokens.ts';

export const configSchema = z.strictObject({
  issuer: required(
    issuerUrl(),
    'Address people and apps reach Countersign by; it is in every token and never changes.',
  ),
  http,
  store,
  log,
  organisation,
  challenge,
  policy,
  risk,
  session,
  account,
  factors,
  password,
  passkeys,
  limits,
  push,
  mail,
  authenticator,
  keys,
  tokens,
  features,
  resources,
  clients,
});

/** What the schema gives: clients may still name the file of their secret. */
export type DeclaredConfig = z.output<typeof configSchema>;

export type DeclaredClient = DeclaredConfig['clients'][number];

/** A valid configuration: every default filled in, durations in milliseconds, paths absolute, secrets read. */
export type Config = Omit<DeclaredConfig, 'clients' | 'mail'> & {
  readonly clients: readonly ClientSettings[];
  readonly mail?: Omit<NonNullable<DeclaredConfig['mail']>, 'passwordFile'>;
};
