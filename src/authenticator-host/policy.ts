/** Response headers of the authenticator's own files: tighter than the provider's pages, and Trusted Types. */

const TWO_YEARS_S = 63_072_000;

export interface PolicyOptions {
  /** The provider's origin, when the authenticator lives on another one. */
  readonly provider?: string | undefined;
  readonly secure: boolean;
}

/** Two policies may make markup or script URLs: the renderer's, and one that knows the worker's URL alone. */
export function shellPolicy({ provider }: PolicyOptions): string {
  return directives([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    connect(provider),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html sw',
  ]);
}

/** A worker obeys the policy of its own response alone. */
export function workerPolicy({ provider }: PolicyOptions): string {
  return directives([
    "default-src 'none'",
    connect(provider),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
}

function connect(provider: string | undefined): string {
  return provider === undefined ? "connect-src 'self'" : `connect-src 'self' ${provider}`;
}

const directives = (list: readonly string[]) => list.join(';');

/** What every answer of the authenticator carries beside its policy. */
export function commonHeaders({ secure }: PolicyOptions): Readonly<Record<string, string>> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
    ...(secure ? { 'Strict-Transport-Security': `max-age=${TWO_YEARS_S}; includeSubDomains` } : {}),
  };
}
