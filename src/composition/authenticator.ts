import type { Logger } from 'pino';
import { loadBundle } from '../authenticator-host/bundle.ts';
import { PREFIX } from '../authenticator-host/shell.ts';
import { createSite, type Site } from '../authenticator-host/site.ts';
import type { Config } from '../config/schema.ts';

/** Where the web authenticator is served, and its files. */
export interface AuthenticatorParts {
  /** There a moment later in a checkout, which bundles them: nothing else of the server waits for that. */
  readonly site: Promise<Site>;
  /** Its own origin, or `undefined` when it shares the issuer's. */
  readonly origin: string | undefined;
}

/** What cannot be bundled or read is logged; then the authenticator alone is not there. */
export function composeAuthenticator(config: Config, logger: Logger): AuthenticatorParts {
  const issuer = new URL(config.issuer).origin;
  const origin = config.authenticator.origin === issuer ? undefined : config.authenticator.origin;
  const site = loadBundle().then((bundle) =>
    createSite({
      bundle,
      issuer: config.issuer,
      organisation: config.organisation.name,
      provider: origin === undefined ? undefined : issuer,
      secure: (origin ?? issuer).startsWith('https:'),
    }),
  );
  site.catch((error: unknown) => logger.error({ err: error }, 'no web authenticator'));
  return { site, origin };
}

/** The page that opens the authenticator. */
export function authenticatorUrl(config: Config): string {
  return (config.authenticator.origin ?? new URL(config.issuer).origin) + PREFIX;
}

/** Where a link to add a phone leads, without its fragment. */
export function enrolPage(config: Config): string {
  return `${authenticatorUrl(config)}enrol`;
}
