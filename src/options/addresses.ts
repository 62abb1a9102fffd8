import { isIP, isIPv6 } from 'node:net';
import { textOf } from './kinds.ts';

const parse = (value: string): URL | undefined =>
  value.length <= 2_048 && !/[\s\p{Cc}\\]/u.test(value) ? (URL.parse(value) ?? undefined) : undefined;

/** Hosts that never leave this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3), as `URL.hostname` spells them. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/** https anywhere, or http where it stays on this machine; never with a password in it. */
export function isWebUrl(value: string): boolean {
  const url = parse(value);
  if (!url || url.username || url.password || !url.hostname) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

const isOrigin = (value: string): boolean => isWebUrl(value) && new URL(value).origin === value;

/** An address or range of RFC 4632; a range of everything would trust everybody and is refused. */
export function isAddressRange(value: string): boolean {
  const [address, bits, ...rest] = value.split('/');
  if (rest.length > 0 || !address || address.includes('%') || isIP(address) === 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32);
}

const HERE = 'or http:// on localhost, *.localhost, 127.0.0.0/8 or [::1]';

export const webUrl = () => textOf('URL', `an https:// URL, ${HERE}, without a password`, isWebUrl);

export const httpsUrl = () =>
  textOf(
    'https URL',
    'an https:// URL without a password',
    (value) => isWebUrl(value) && value.startsWith('https:'),
  );

export const origin = () =>
  textOf('origin', `an origin such as https://app.example.com (https, ${HERE}; no path)`, isOrigin);

/** A picture or page people are shown: a URL, or a path this server serves itself. */
export const link = () =>
  textOf(
    'URL or path',
    'an https:// URL, or a path of this server that starts with /',
    (value) => /^\/(?![/\\])[^\s\\]*$/.test(value) || isWebUrl(value),
  );

/**
 * The issuer identifier (OpenID Connect Discovery 1.0 section 3), in the one spelling that apps compare it by. A path is
 * refused: the session cookies are `__Host-` cookies with Path=/, so the host has to be Countersign's own.
 */
export const issuerUrl = () =>
  textOf(
    'URL',
    `the address people see, such as https://id.example.com: https, ${HERE}; no path, query, fragment or slash at the end, lower case, no default port`,
    isOrigin,
  );

export const addressRange = () =>
  textOf('address or CIDR range', 'an IP address or a range such as 10.0.0.0/8', isAddressRange);

export const proxyRange = () =>
  textOf(
    'address, CIDR range, `loopback`, `linklocal` or `uniquelocal`',
    'an IP address, a range such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal',
    (value) => isAddressRange(value) || ['loopback', 'linklocal', 'uniquelocal'].includes(value),
  );

/** `host.example` or, for every host below it, `*.host.example`. */
export const hostPattern = () =>
  textOf(
    'host name, or `*.` and a host name',
    'a lower-case host name with a dot, such as push.example.com or *.push.example.com',
    (value) =>
      value === 'localhost' ||
      /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(value),
  );
