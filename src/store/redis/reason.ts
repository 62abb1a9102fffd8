/** Why the store cannot be used, in one word that tells nothing but that. */
export type Reason =
  | 'cluster'
  | 'denied'
  | 'error'
  | 'eviction'
  | 'failover'
  | 'loading'
  | 'memory'
  | 'persistence'
  | 'read-only'
  | 'replicas'
  | 'timeout'
  | 'unreachable';

const BY_MESSAGE: readonly (readonly [RegExp, Reason])[] = [
  [/\bOOM\b/, 'memory'],
  [/^MISCONF/, 'persistence'],
  [/READONLY/, 'read-only'],
  [/^LOADING|still loading/, 'loading'],
  [/^NOREPLICAS|replicas have the write/, 'replicas'],
  [/^(NOAUTH|NOPERM|WRONGPASS)|^ERR (invalid password|Client sent AUTH)/, 'denied'],
  [/^(CLUSTERDOWN|MASTERDOWN|TRYAGAIN|MOVED|ASK)|cluster|slots cache/i, 'cluster'],
  [/failover|sentinel/i, 'failover'],
  [/timed? ?out|timeout/i, 'timeout'],
  [
    /^connect |ECONN|EPIPE|ENOTFOUND|EHOST|ENET|EAI_|closed|close$|writeable|aborted|max retries/i,
    'unreachable',
  ],
];

/** @param message of an error of Redis, of ioredis or of the network. */
export const reasonIn = (message: string): Reason =>
  BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? 'error';
