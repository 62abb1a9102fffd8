import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { Agent, fetch as undiciFetch } from 'undici';

/**
 * The fetch oidc-provider uses for `jwks_uri`, `sector_identifier_uri` and back-channel logout. The library's own
 * agent refuses private addresses; for an on-premises app an admin may name ranges that are fine. The name is looked
 * up once and the connection is made to the very address that was checked (no rebinding).
 *
 * @param allowed CIDR ranges or addresses; empty = the library's rule alone.
 * @returns `undefined` when there is nothing to allow.
 */
export function outgoingFetch(allowed: readonly string[]): typeof fetch | undefined {
  if (allowed.length === 0) return undefined;
  const ranges = allowed.map((entry) =>
    entry.includes('/')
      ? ipaddr.parseCIDR(entry)
      : ([ipaddr.parse(entry), entry.includes(':') ? 128 : 32] as const),
  );
  const isAllowed = (address: string): boolean => {
    const ip = ipaddr.process(address);
    if (ip.range() === 'unicast') return true;
    return ranges.some(([base, bits]) => base.kind() === ip.kind() && ip.match(base, bits));
  };
  const agent = new Agent({
    connect: {
      lookup: (hostname, options, callback) => {
        lookup(hostname, { all: true, family: options.family as number }).then(
          (found) => {
            const usable = found.filter(({ address }) => isAllowed(address));
            const first = usable[0];
            if (!first) callback(new Error('hostname resolves to an address that is not allowed'), '', 4);
            else if (options.all) callback(null, usable);
            else callback(null, first.address, first.family);
          },
          (error: NodeJS.ErrnoException) => callback(error, '', 4),
        );
      },
    },
  });
  return (async (url: string | URL, init: RequestInit = {}) => {
    const { hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    // Literals never reach the look-up.
    if (ipaddr.isValid(literal) && !isAllowed(literal)) throw new Error('address is not allowed');
    return undiciFetch(url, { ...init, dispatcher: agent } as never);
  }) as unknown as typeof fetch;
}
