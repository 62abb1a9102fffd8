import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

/**
 * The last word on where a push really goes: the address that is dialled, after DNS. A host name that was fine when
 * the subscription was saved may resolve to a private address today (DNS rebinding), so the check sits in the
 * connection itself and there is no second resolution after it (R44).
 */

/** The connection would have gone to an address no push service has. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'push_address_refused';
}

const AT_HOME = new Set(['unicast', 'private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Whether a push may be sent to this IP address; link-local (cloud metadata), multicast and the like never. */
export function addressAllowed(address: string, allowPrivate: boolean): boolean {
  if (isIP(address) === 0) return false;
  const range = ipaddr.process(address).range();
  return range === 'unicast' || (allowPrivate && AT_HOME.has(range));
}

export interface GuardOptions {
  readonly allowPrivate: boolean;
  /** Name resolution; the system's by default. */
  readonly lookup?: LookupFunction;
  /** ms for TCP and TLS. */
  readonly timeoutMs: number;
  /** PEM of further certificate authorities, for a push service of one's own. */
  readonly ca?: string;
}

/** A connector for undici that drops every refused address from a look-up and refuses literals (they skip it). */
export function guardedConnector(options: GuardOptions): buildConnector.connector {
  const { allowPrivate, lookup = systemLookup as LookupFunction } = options;

  const guardedLookup: LookupFunction = (hostname, lookupOptions, callback) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const good = all.filter(({ address }) => addressAllowed(address, allowPrivate));
      const first = good[0];
      if (!first) return callback(new AddressRefused('the host name leads to no public address'), []);
      if (lookupOptions.all) return callback(null, good);
      callback(null, first.address, first.family);
    });
  };

  const connect = buildConnector({
    lookup: guardedLookup,
    timeout: options.timeoutMs,
    allowH2: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !addressAllowed(literal, allowPrivate)) {
      return callback(new AddressRefused('the address is not public'), null);
    }
    connect(target, callback);
  };
}
