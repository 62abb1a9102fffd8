import { addressRange, proxyRange } from '../../options/addresses.ts';
import { choice, duration, integer, list, path, textOf } from '../../options/kinds.ts';
import { optionalSection, required, section, standard } from '../../options/option.ts';

export const http = section('Where the server listens, and who stands in front of it.', {
  host: standard(
    textOf('text', 'an address or host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::', (value) =>
      /^[A-Za-z0-9.:_-]{1,255}$/.test(value),
    ),
    '127.0.0.1',
    'Address or host name the server listens on.',
  ),
  port: standard(integer(0, 65_535), 3000, 'TCP port the server listens on; 0 takes any free one.'),
  trustedProxies: standard(
    list(proxyRange()),
    [],
    'Proxies whose X-Forwarded headers are believed; from anyone else they are ignored.',
  ),
  forwardedHeader: standard(
    choice('x-forwarded-for', 'forwarded'),
    'x-forwarded-for',
    'Which header the proxies write; the other one is never read, since a client could send it through them.',
  ),
  requestTimeout: standard(duration('1s', '5min'), '30s', 'Time a client has to send a whole request.'),
  shutdownGrace: standard(
    duration('0s', '5min'),
    '10s',
    'Time open requests get to finish when the server stops.',
  ),
  allowPrivateOutbound: standard(
    list(addressRange()),
    [],
    'Private addresses that back-channel logout and client key sets may be fetched from or sent to.',
  ),
  tls: optionalSection('A TLS listener of our own, instead of a proxy in front.', {
    certFile: required(path(), 'PEM file of the certificate and its chain.'),
    keyFile: required(path(), 'PEM file of the private key.'),
  }),
});
