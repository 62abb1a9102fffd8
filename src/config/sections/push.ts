import { hostPattern, isWebUrl, origin } from '../../options/addresses.ts';
import { duration, flag, list, path, textOf } from '../../options/kinds.ts';
import { optional, section, standard } from '../../options/option.ts';
import { DEFAULT_PUSH_HOSTS } from '../../push/endpoint.ts';

const contact = () =>
  textOf(
    'URL',
    'mailto: and an address, or an https:// URL',
    (value) => /^mailto:[^\s@]+@[^\s@]+$/.test(value) || (value.startsWith('https:') && isWebUrl(value)),
  );

export const push = section('How devices are called: Web Push (RFC 8030).', {
  subject: optional(contact(), 'Whom a push service may contact about us (RFC 8292 section 2.1).', {
    standard: 'the issuer',
  }),
  allowedHosts: standard(
    list(hostPattern(), 1),
    [...DEFAULT_PUSH_HOSTS],
    'Push services that are called; a device with another one is not enrolled.',
  ),
  timeout: standard(duration('500ms', '10s'), '5s', 'Time a push service has to answer.'),
  caFile: optional(path(), 'PEM file of further certificate authorities, for a push service of your own.'),
  allowPrivate: standard(
    flag(),
    false,
    'Calls push services on private addresses and any port too, for tests on a loopback issuer only.',
  ),
});

export const authenticator = section('The web app people approve with.', {
  origin: optional(
    origin(),
    'Origin of its own for the authenticator, so that a flaw in a page of the provider cannot use its key. ' +
      'Devices with an approval credential have to be enrolled again when its host changes.',
    { standard: 'the issuer' },
  ),
});
