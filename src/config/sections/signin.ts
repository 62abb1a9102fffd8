import { availableParallelism } from 'node:os';
import { choice, duration, flag, integer, path } from '../../options/kinds.ts';
import { optional, optionalSection, required, section, standard } from '../../options/option.ts';

export const challenge = section('The request a device is shown, and the number that belongs to it.', {
  life: standard(duration('30s', '300s'), '120s', 'Time a person has to answer.'),
  digits: standard(integer(6, 8, 'digits'), 6, 'Length of the number.'),
  knownBrowserDigits: standard(
    integer(2, 8, 'digits'),
    6,
    'Length of the number for a browser this person signed in with before; fewer than 6 leaves one try and is weaker than NIST SP 800-63B asks.',
  ),
  wrongNumbers: standard(
    integer(1, 3, 'tries'),
    3,
    'Wrong numbers after which a request is dead; with fewer than 6 digits the first one ends it.',
  ),
  resendAfter: standard(duration('5s', '120s'), '20s', 'Time after which the page offers to send again.'),
});

export const session = section('How long what was proved stays proved.', {
  life: standard(duration('5min', '24h'), '12h', 'Time after which a session ends.'),
  idle: standard(
    duration('1min', '24h'),
    '1h',
    'Time without a request after which everything is proved again.',
  ),
  knownBrowser: standard(
    duration('1d', '400d'),
    '90d',
    'Time a browser counts as known after an approved sign-in.',
  ),
  rememberBrowser: optional(
    duration('1d', '30d'),
    'Time for which people may have a browser remembered after an approved sign-in, so that their password is enough there; without it nobody may.',
  ),
  passwordProof: standard(
    duration('1min', '10min'),
    '10min',
    'Time a right password is good for while its approval is awaited.',
  ),
  interaction: standard(duration('5min', '60min'), '30min', 'Time a begun sign-in is kept.'),
});

export const account = section("A person's own pages at `/account`.", {
  floor: standard(
    choice('push', 'phr', 'phrh'),
    'push',
    'Least proof a sign-in to them needs: push approval, passkey, hardware-bound passkey.',
  ),
});

export const factors = section('What may take the place of a device for a while.', {
  offlineCode: optionalSection('Codes of a phone without network (RFC 6238); left out, there are none.', {
    keyFile: required(
      path(),
      'File with the key that seals their secrets in the store, 32 bytes in base64 (`openssl rand -base64 32`); a new key goes on a line before the old one.',
    ),
  }),
  bypass: standard(
    flag(),
    true,
    'Whether a code that an admin makes with `countersign user bypass` is taken; never under `policy.profile: nist`.',
  ),
});

export const password = section('What a password must be, and how it is hashed.', {
  minLength: standard(integer(8, 64, 'characters'), 12, 'Least length of a new password.'),
  maxLength: standard(integer(64, 1_024, 'characters'), 256, 'Greatest length of a password.'),
  blocklistFile: optional(
    path(),
    'File of passwords nobody may choose, one a line, besides the built-in list.',
  ),
  argon2: section('Cost of argon2id; a changed cost is applied at the next sign-in of each person.', {
    memoryKiB: standard(integer(7_168, 1_048_576, 'KiB'), 19_456, 'Memory of one hash.'),
    iterations: standard(integer(1, 20, 'passes'), 2, 'Passes over the memory.'),
    parallelism: standard(integer(1, 16, 'lanes'), 1, 'Lanes of one hash.'),
    threads: standard(
      integer(1, 64, 'threads'),
      Math.min(64, Math.max(1, availableParallelism() - 1)),
      'Worker threads that hash, so that nothing else waits for them.',
      { standard: 'cores - 1, at least 1' },
    ),
    queue: standard(
      integer(1, 4_096, 'hashes'),
      64,
      'Hashes that may wait; past it people are asked to try again.',
    ),
  }),
});
