import { isIP } from 'node:net';

/**
 * Which URLs a push may go to. Whoever may enrol a device chooses the endpoint, so it is attacker's input: without
 * these rules the server would send requests wherever it is told (SSRF). The rules are applied when a subscription
 * is saved and again at every send; `address-guard.ts` adds the check of the address that is really dialled.
 */

/** The push services of Chromium, Firefox, Safari and Edge; a `*.` entry stands for one or more labels below it. */
export const DEFAULT_PUSH_HOSTS: readonly string[] = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

const MAX_ENDPOINT_LENGTH = 2048;

export interface EndpointRules {
  /** Host names in lower case, `*.` first for "anything below". */
  readonly allowedHosts: readonly string[];
  /** Allows any port (and, at the dial, private and loopback addresses): for tests and push services at home. */
  readonly allowPrivate: boolean;
}

/** The endpoint breaks a rule. `was` names the host at most, never the path, which is a secret (R49). */
export class EndpointRefused extends Error {
  override readonly name = 'EndpointRefused';
  readonly code = 'push_endpoint_refused';
  readonly was: string;
  readonly wanted: string;
  constructor(was: string, wanted: string) {
    super(`push endpoint was ${was}, wanted ${wanted}`);
    this.was = was;
    this.wanted = wanted;
  }
}

/**
 * One sentence, one check (R44).
 *
 * @returns the parsed endpoint, whose `origin` is the push service.
 * @throws EndpointRefused
 */
export function checkEndpoint(endpoint: string, rules: EndpointRules): URL {
  if (endpoint.length > MAX_ENDPOINT_LENGTH) {
    throw new EndpointRefused(`${endpoint.length} characters`, `at most ${MAX_ENDPOINT_LENGTH}`);
  }
  // URL() maps full-width digits and letters, tabs and other look-alikes on plain ones: refuse them as written.
  if (!/^[\x21-\x7e]+$/.test(endpoint)) throw new EndpointRefused('not plain ASCII', 'printable ASCII only');
  const url = URL.parse(endpoint);
  if (!url) throw new EndpointRefused('not a URL', 'an absolute https URL');
  if (url.protocol !== 'https:') throw new EndpointRefused(url.protocol, 'https:');
  if (url.username !== '' || url.password !== '') {
    throw new EndpointRefused('a URL with user information', 'none');
  }
  if (url.hash !== '' || endpoint.includes('#')) throw new EndpointRefused('a URL with a fragment', 'none');
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw new EndpointRefused('an IP address', 'a host name');
  }
  // What URL() read must be what is written, or another reader could see another host.
  if (!endpoint.startsWith(`${url.origin}/`)) {
    throw new EndpointRefused(
      'a host in an unusual spelling',
      'scheme and host in lower case, no default port',
    );
  }
  if (url.port !== '' && !rules.allowPrivate) throw new EndpointRefused(`port ${url.port}`, 'port 443');
  if (!rules.allowedHosts.some((entry) => hostMatches(url.hostname, entry))) {
    throw new EndpointRefused(`host ${url.hostname.slice(0, 80)}`, 'a host of an allowed push service');
  }
  return url;
}

/** Whole host or whole labels, never a prefix or a suffix of one. */
function hostMatches(host: string, entry: string): boolean {
  if (!entry.startsWith('*.')) return host === entry;
  const below = entry.slice(1);
  return host.endsWith(below) && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host.slice(0, -below.length));
}
