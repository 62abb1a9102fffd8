import { loadBundle } from '../authenticator-host/bundle.ts';
import { PREFIX } from '../authenticator-host/shell.ts';
import { createSite, type Site } from '../authenticator-host/site.ts';
import type { Config } from '../config/schema.ts';

/** Where the web authenticator is served, and its files. */
export interface AuthenticatorParts {
  readonly site: Site;
  /** Its own origin, or `undefined` when it shares the issuer's. */
  readonly origin: string | undefined;
}

/** @throws Error when the authenticator's files are neither built nor can be bundled. */
export async function composeAuthenticator(config: Config): Promise<AuthenticatorParts> {
  const issuer = new URL(config.issuer).origin;
  const origin = config.authenticator.origin === issuer ? undefined : config.authenticator.origin;
  const site = createSite({
    bundle: await loadBundle(),
    issuer: config.issuer,
    organisation: config.organisation.name,
    provider: origin === undefined ? undefined : issuer,
    secure: (origin ?? issuer).startsWith('https:'),
  });
  return { site, origin };
}

/** The page that opens the authenticator. */
export function authenticatorUrl(config: Config): string {
  return (config.authenticator.origin ?? new URL(config.issuer).origin) + PREFIX;
}
