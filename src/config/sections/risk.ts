import { z } from 'zod';
import { link } from '../../options/addresses.ts';
import { choice, duration, flag, integer, list, path, text, textOf } from '../../options/kinds.ts';
import { kind, optional, records, required, section, standard } from '../../options/option.ts';
import { PROOFS } from '../../risk/proof.ts';
import { SIGNALS } from '../../risk/signals.ts';

const signal = () =>
  kind(z.enum(SIGNALS), {
    reads: 'text',
    type: 'signal of docs/risk.md',
    wanted: `one of ${SIGNALS.join(', ')}`,
  });
const signals = (sentence: string) => standard(list(signal()), [], sentence);

const rule = z.strictObject({
  name: required(
    textOf('text', '1 to 40 lower-case letters, digits and -, beginning with a letter', (value) =>
      /^[a-z][a-z0-9-]{0,39}$/.test(value),
    ),
    'What the log and `countersign risk` call it; each name once.',
  ),
  when: section('When it holds: every member that is given has to; without any it holds always.', {
    any: signals('At least one of these signals is there.'),
    all: signals('Every one of these is there.'),
    none: signals('None of these is there.'),
    clients: standard(list(text(1, 128)), [], 'It is one of these apps, by `clientId`.'),
    purposes: standard(
      list(choice('sign-in', 'step-up', 'device-code')),
      [],
      'It is a sign-in with the password, a step-up of a session, or a device code.',
    ),
    known: optional(flag(), 'Whether this person finished an approved sign-in with the browser lately.'),
    remembered: optional(flag(), 'Whether the person had the browser remembered.'),
  }),
  proof: required(choice(...PROOFS), 'What is asked for besides the password.'),
  sentence: optional(text(1, 300), 'What a person who is refused is told, besides what to do.'),
});

const requirement = z.strictObject({
  groups: standard(
    list(text(1, 64)),
    [],
    'People of these groups (`countersign user groups`); empty for everybody.',
  ),
  clients: standard(
    list(text(1, 128)),
    [],
    'Apps, by `clientId`; empty for all. Never `/account`, where a passkey is made.',
  ),
  from: required(
    textOf(
      'date',
      'a date such as 2027-03-01, or 2027-03-01T08:00:00Z',
      // Printed again it has to be the same: 2027-02-31 is read as a day of March.
      (value) =>
        /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(value) &&
        !Number.isNaN(Date.parse(value)) &&
        new Date(value).toISOString().startsWith(value.replace('Z', '')),
    ),
    'From when on (UTC) nothing but a passkey will do.',
  ),
  announce: standard(duration('0s', '365d'), '30d', 'Time ahead in which people without a passkey are told.'),
});

export const policy = section('What a sign-in has to show besides the password; docs/risk.md explains it.', {
  profile: standard(
    choice('default', 'nist'),
    'default',
    '`nist` holds the settings to NIST SP 800-63B: it never shortens the number and takes no remembered browser for possession.',
  ),
  rules: records(
    rule,
    [],
    'In order, the first one that holds decides and no other is asked; empty means the built-in ones of docs/risk.md.',
  ),
  requirePasskey: records(
    requirement,
    [],
    'Who has to sign in with a passkey, where, and from when on; people are told ahead.',
  ),
  deviceFar: standard(
    choice('record', 'verify'),
    'record',
    'What an approval by a device far from the browser leads to: a line in the log, or an approval that only counts with a verified person (WebAuthn), which devices without one cannot give.',
  ),
  signals: section('From where on something is unusual.', {
    travelKmPerHour: standard(integer(100, 50_000, 'km/h'), 1_000, 'Speed nobody travels at.'),
    nearKm: standard(integer(10, 5_000, 'km'), 300, 'Distance that counts as one place.'),
    deviceFarKm: standard(
      integer(50, 20_000, 'km'),
      1_000,
      'Distance between browser and device from which on the device is far; mobile networks are often some hundred km off.',
    ),
    failures: standard(integer(1, 100), 3, 'Failed tries just before.'),
    recentChange: standard(
      duration('1h', '30d'),
      '3d',
      'Time a change of the password or a new device counts as recent.',
    ),
    dormantAfter: standard(
      duration('7d', '400d'),
      '90d',
      'Time without an approved sign-in after which an account sleeps.',
    ),
    sprayAccounts: standard(
      integer(2, 10_000, 'accounts'),
      10,
      'Accounts tried from one network within an hour.',
    ),
  }),
});

export const risk = section(
  'What is known of addresses. Files are in MaxMind DB format and are read again when they change; a broken one leaves the old one in place.',
  {
    cityFiles: standard(
      list(path(), 0, 8),
      [],
      'Files with cities and coordinates, such as DB-IP City or GeoLite2-City; one file for IPv4 and IPv6, or one for each.',
    ),
    networkFiles: standard(
      list(path(), 0, 8),
      [],
      'Files with the number and the owner of networks, such as GeoLite2-ASN or DB-IP ASN.',
    ),
    anonymousFiles: standard(
      list(path(), 0, 8),
      [],
      'Files that mark hosting and anonymising networks, laid out as GeoIP2-Anonymous-IP is.',
    ),
    hostingLists: standard(
      list(path(), 0, 8),
      [],
      'Text files of address ranges of data centres, one a line, `#` for remarks.',
    ),
    anonymousLists: standard(
      list(path(), 0, 8),
      [],
      'Text files of address ranges of VPNs, proxies and Tor exits, one a line, `#` for remarks.',
    ),
    reloadEvery: standard(duration('1s', '24h'), '60s', 'Time between looks at whether a file has changed.'),
    attribution: section('What the licence of a file wants said on pages that show places.', {
      text: optional(text(1, 120), 'Such as `IP geolocation by DB-IP`, at the foot of every page.'),
      url: optional(link(), 'Where it leads, such as https://db-ip.com.'),
    }),
  },
);
