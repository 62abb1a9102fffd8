import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/**
 * Who is at the other end. A header is believed only as far as trusted proxies wrote it: the list is walked from the
 * right, from the socket outwards, and ends at the first hop that is not trusted (R43). Only one kind of header is
 * read, since a proxy that writes one kind passes the other on as the client sent it.
 */

export interface ClientAddress {
  /** IPv4, or IPv6 in its shortest spelling; IPv4-mapped IPv6 is given as IPv4. `0.0.0.0` when there is no socket address. */
  readonly address: string;
  /** How the client came to the outermost trusted proxy, or to us. */
  readonly protocol: 'http' | 'https';
  /** The host asked for, from a trusted proxy or the `Host` field; unchecked. */
  readonly host: string | undefined;
}

export interface ClientAddressOptions {
  /** Which header the proxies write: `X-Forwarded-For` (with `-Proto`, `-Host`) or RFC 7239 `Forwarded`. */
  readonly header?: 'x-forwarded-for' | 'forwarded';
}

interface Hop {
  readonly address: string | undefined;
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * @param trustedProxies addresses or CIDR ranges, or `loopback`, `linklocal`, `uniquelocal`; empty = trust no header.
 * @throws TypeError when an entry is none of these.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
  options: ClientAddressOptions = {},
): (req: IncomingMessage) => ClientAddress {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const hopsOf = options.header === 'forwarded' ? forwardedHops : xForwardedHops;

  return (req) => {
    const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true;
    let nearest = addressOf(req.socket.remoteAddress) ?? '0.0.0.0';
    let protocol: 'http' | 'https' = encrypted ? 'https' : 'http';
    let host = req.headers.host;

    let distance = 0;
    for (const hop of hopsOf(req)) {
      if (!isTrusted(nearest, distance++)) break;
      if (hop.protocol === 'http' || hop.protocol === 'https') protocol = hop.protocol;
      if (hop.host !== undefined) host = hop.host;
      // An obfuscated or broken entry ends the walk: what lies behind it cannot be tied to anybody.
      if (hop.address === undefined) break;
      nearest = hop.address;
    }
    return { address: nearest, protocol, host };
  };
}

/** What a limit by address counts: one IPv4 address, or the /64 that a single customer has of IPv6. */
export function limitSubject(address: string): string {
  return address.includes(':') ? networkOf(address) : address;
}

/** The network an address is in, for comparing places: the /24 of an IPv4, the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  const plain = addressOf(address);
  if (plain === undefined) return 'unknown';
  const parsed = ipaddr.parse(plain);
  return parsed.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${plain}/24`)}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${plain}/64`)}/64`;
}

/** Strict spellings only, with an optional port (and brackets); the zone of a link-local address is dropped. */
function addressOf(text: string | undefined): string | undefined {
  const bare =
    text?.trim().match(/^\[([^\]]+)\](?::\d{1,5})?$/)?.[1] ??
    text?.trim().replace(/^([\d.]+):\d{1,5}$/, '$1');
  const unzoned = bare?.split('%')[0];
  if (unzoned === undefined || isIP(unzoned) === 0) return undefined;
  return ipaddr.process(unzoned).toString();
}

/** Nearest first. `X-Forwarded-Proto` and `-Host` say how the client came to the nearest proxy that wrote them. */
function* xForwardedHops(req: IncomingMessage): Generator<Hop> {
  const last = (name: string) => list(req.headers[name]).at(-1);
  const meta: Pick<Hop, 'protocol' | 'host'> = {
    protocol: last('x-forwarded-proto')?.toLowerCase(),
    host: last('x-forwarded-host'),
  };
  const addresses = list(req.headers['x-forwarded-for']).reverse();
  // A proxy may say the protocol alone: the hop is then the socket's own address again.
  if (addresses.length === 0) addresses.push(req.socket.remoteAddress ?? '');
  for (const entry of addresses) {
    yield { address: addressOf(entry), ...meta };
  }
}

/** RFC 7239 section 4, nearest first. */
function* forwardedHops(req: IncomingMessage): Generator<Hop> {
  const field = req.headers.forwarded;
  if (field === undefined) return;
  for (const element of splitOutsideQuotes(field, ',').reverse()) {
    const pairs = new Map<string, string>();
    for (const pair of splitOutsideQuotes(element, ';')) {
      const at = pair.indexOf('=');
      if (at < 0) continue;
      const value = pair.slice(at + 1).trim();
      const unquoted = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
      pairs.set(pair.slice(0, at).trim().toLowerCase(), unquoted);
    }
    yield {
      address: addressOf(pairs.get('for')),
      protocol: pairs.get('proto')?.toLowerCase(),
      host: pairs.get('host'),
    };
  }
}

function list(field: string | string[] | undefined): string[] {
  if (field === undefined) return [];
  return (Array.isArray(field) ? field.join(',') : field).split(',').map((entry) => entry.trim());
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (quoted && text[i] === '\\') i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
