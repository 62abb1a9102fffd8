import { link } from '../../options/addresses.ts';
import { choice, duration, integer, path, text, textOf } from '../../options/kinds.ts';
import { optional, section, standard } from '../../options/option.ts';
import { parseRedisUrl } from '../../store/redis/url.ts';

function isRedisUrl(value: string): boolean {
  try {
    parseRedisUrl(value);
    return true;
  } catch {
    return false;
  }
}

const redisUrl = () =>
  textOf(
    'URL',
    'redis://host:6379/0, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:6379,host:6379; rediss for TLS',
    isRedisUrl,
  );

export const store = section('Where the state is kept: embedded in a data folder, or in Redis.', {
  redisUrl: optional(redisUrl(), 'Redis server, Cluster or Sentinel to use instead of the embedded store.', {
    secret: true,
    alsoEnvironment: 'REDIS_URL',
  }),
  redisPrefix: standard(
    textOf('text', '1 to 64 letters, digits and . _ : -', (value) => /^[A-Za-z0-9._:-]{1,64}$/.test(value)),
    'countersign:',
    'Start of every key and channel in Redis, for a server shared with others.',
  ),
  dataDir: standard(path(), 'data', 'Folder of the embedded store.'),
  wait: section('Replicas of Redis that must have a write before it counts.', {
    replicas: standard(
      integer(0, 10),
      0,
      'Number of replicas waited for when an approval is consumed; 0 waits for none.',
    ),
    timeout: standard(
      duration('100ms', '10s'),
      '1s',
      'Time after which a missing replica makes the answer "try again".',
    ),
  }),
});

export const log = section('What is written down, as JSON lines.', {
  level: standard(
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'Least level that is written.',
  ),
  file: optional(path(), 'File the log is appended to, instead of standard output.'),
});

export const organisation = section('What people see of you on every page.', {
  name: standard(text(1, 80), 'Countersign', 'Name on every page and in every notification.'),
  logoUrl: optional(link(), 'Picture beside the name.'),
  privacyUrl: optional(link(), 'Privacy statement.'),
  helpUrl: optional(link(), 'Page for people who cannot get in.'),
  supportContact: optional(
    text(),
    'Whom to ask: shown as it is written, such as a phone number or an address.',
  ),
});
