export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What a Redis URL says, with the defaults filled in. */
export interface RedisTarget {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** One server; or the Sentinels; or some nodes of the Cluster. */
  readonly endpoints: readonly Endpoint[];
  /** Sentinel's name of the master. */
  readonly master: string | null;
  readonly database: number;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: string | null;
}

const SHAPE =
  /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const PORTS = { standalone: 6379, cluster: 6379, sentinel: 26379 };

const FORMS =
  'redis://host:6379/0, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:6379,host:6379 (rediss for TLS)';

/**
 * Reads `redis://[user:password@]host[:port][/database]`, `redis+sentinel://…host:port,host:port/master[/database]` and
 * `redis+cluster://…host:port,host:port`; with `rediss` the connection is TLS. Sentinels with a password of their
 * own take it as `?sentinelUsername=…&sentinelPassword=…`.
 *
 * @throws Error that says what is wrong and never repeats the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = SHAPE.exec(url);
  if (!match) throw new Error(`The Redis URL has no known form: wanted ${FORMS}.`);
  const [, scheme, kind, credentials, hosts = '', path = '', query = ''] = match;
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'standalone';

  const endpoints = hosts.split(',').map((host) => endpoint(host, PORTS[mode]));
  if (mode === 'standalone' && endpoints.length > 1) {
    throw new Error('The Redis URL names several hosts: say redis+sentinel:// or redis+cluster://.');
  }
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  const master = mode === 'sentinel' ? (segments.shift() ?? null) : null;
  if (mode === 'sentinel' && master === null) {
    throw new Error("The Redis URL lacks the master's name: redis+sentinel://host:26379/master.");
  }
  const [database = '0', ...rest] = segments;
  if (!/^\d{1,5}$/.test(database) || rest.length > 0)
    throw new Error('The Redis URL ends in no database number.');
  if (mode === 'cluster' && database !== '0') throw new Error('A Redis Cluster has only database 0.');

  const colon = credentials?.indexOf(':') ?? -1;
  const username = decode(colon < 0 ? (credentials ?? '') : credentials!.slice(0, colon));
  const password = colon < 0 ? '' : decode(credentials!.slice(colon + 1));
  const asked = new URLSearchParams(query);
  return {
    mode,
    endpoints,
    master,
    database: Number(database),
    tls: scheme === 'rediss',
    username: username || null,
    password: password || null,
    sentinelUsername: asked.get('sentinelUsername'),
    sentinelPassword: asked.get('sentinelPassword'),
  };
}

/** For people and logs: where, without user and password. */
export function describeTarget({ mode, endpoints, master, tls }: RedisTarget): string {
  const scheme = `${tls ? 'rediss' : 'redis'}${mode === 'standalone' ? '' : `+${mode}`}`;
  const hosts = endpoints
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(',');
  return `${scheme}://${hosts}${master === null ? '' : `/${master}`}`;
}

function endpoint(text: string, defaultPort: number): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  if (!host || port < 1 || port > 65535)
    throw new Error('The Redis URL names a host or port that cannot be.');
  return { host, port };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('The Redis URL has a part that is not percent-encoded as it should be.');
  }
}
