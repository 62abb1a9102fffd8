import { EVIL, hosts, schemes } from './mutated-origins.ts';

export interface MutatedUri {
  readonly name: string;
  readonly uri: string;
}

/** What a redirect address can be turned into by somebody who wants the answer elsewhere; none equals the address. */
export function mutatedUris(registered: string): MutatedUri[] {
  const { scheme, host, path } = /^(?<scheme>[^:]+):(?:\/\/(?<host>[^/]*))?(?<path>.*)$/.exec(registered)!
    .groups as { scheme: string; host?: string; path: string };
  const tail = `${host === undefined ? '' : `//${host}`}${path}`;
  const groups: Record<string, readonly string[]> = {
    scheme: schemes(scheme, tail, path),
    path: paths(path).map((other) => registered.slice(0, registered.length - path.length) + other),
    behind: BEHIND.map((more) => registered + more),
    blank: blanks(registered),
    wrapped: wrapped(registered),
    elsewhere: elsewhere(registered),
    ...(host === undefined ? {} : { host: hosts(host).map((other) => `${scheme}://${other}${path}`) }),
  };
  const found = new Map<string, string>();
  for (const [kind, uris] of Object.entries(groups)) {
    for (const uri of uris) if (uri !== registered && !found.has(uri)) found.set(uri, kind);
  }
  return [...found].map(([uri, kind]) => ({ uri, name: `${kind}: ${JSON.stringify(uri.slice(0, 90))}` }));
}

function paths(path: string): string[] {
  const bare = path.replace(/^\/+/, '');
  const coded = (at: number) =>
    `/${bare.slice(0, at)}%${bare.charCodeAt(at).toString(16)}${bare.slice(at + 1)}`;
  return [
    '',
    '/',
    `/${bare}/`,
    `/${bare}//`,
    `//${bare}`,
    `/./${bare}`,
    `/${bare}/.`,
    `/${bare}/..`,
    `/${bare}/../${bare}`,
    `/${bare}/../evil`,
    `/x/../${bare}`,
    `/x/%2e%2e/${bare}`,
    `/%2e/${bare}`,
    `/${bare}/%2e%2e/evil`,
    `/${bare}/..%2fevil`,
    `/${bare}/..;/evil`,
    `/${bare}\\..\\evil`,
    `\\${bare}`,
    `/${bare}\\`,
    `/${bare}%5c`,
    `/${bare}%2f`,
    `%2f${bare}`,
    coded(0),
    coded(bare.length - 1),
    `/${bare.toUpperCase()}`,
    `/${bare[0]!.toUpperCase()}${bare.slice(1)}`,
    `/${bare.slice(0, -1)}`,
    `/${bare}x`,
    `/x${bare}`,
    `/${bare}.`,
    `/${bare}.html`,
    `/${bare};`,
    `/${bare};x=1`,
    `/${bare}:80`,
    `/${bare}*`,
    '/*',
    `/${bare}~`,
    `/${bare}%00`,
    `/${bare}\0`,
    `/${bare}%c0%af`,
    `/${bare}%ff`,
    `/${bare}%`,
    `/${bare}%20`,
    `/${bare}\u200b`,
    `/${bare}\u0301`,
    `/ｃ${bare.slice(1)}`,
    `/с${bare.slice(1)}`,
    `/${bare}/https://${EVIL}`,
    `/evil?/${bare}`,
    `/evil#/${bare}`,
  ];
}

const BEHIND = [
  '?',
  '?x=1',
  '?&',
  '?=',
  '?code=of-the-attacker',
  '?state=of-the-attacker',
  '?error=access_denied',
  '?response_mode=fragment',
  `?next=https://${EVIL}`,
  '??',
  '&x=1',
  '%3fx=1',
  '#',
  '#x',
  '#code=of-the-attacker',
  '#/evil',
  '%23x',
  '?x=1#y',
  `@${EVIL}`,
  `.${EVIL}`,
  '\\',
  '|',
  '^',
  '`',
  '{}',
  'x'.repeat(4000),
  '/x'.repeat(1500),
];

function blanks(uri: string): string[] {
  const kinds = [' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\0', '\u00a0', '\u2028', '\ufeff', '+', '%20'];
  return [
    ...kinds.flatMap((blank) => [blank + uri, uri + blank]),
    `${uri}\r\nLocation: https://${EVIL}`,
    `${uri}%0d%0aLocation:%20https://${EVIL}`,
    `${uri} https://${EVIL}`,
    `${uri}\thttps://${EVIL}`,
    `https://${EVIL} ${uri}`,
  ];
}

function wrapped(uri: string): string[] {
  const coded = encodeURIComponent(uri);
  return [
    `<${uri}>`,
    `"${uri}"`,
    `'${uri}'`,
    `[${uri}]`,
    `["${uri}"]`,
    `{"0":"${uri}"}`,
    `${uri},https://${EVIL}`,
    `${uri};https://${EVIL}`,
    uri + uri,
    coded,
    encodeURIComponent(coded),
    Buffer.from(uri).toString('base64url'),
    `url=${uri}`,
    `\\${uri}`,
    `/${uri}`,
    `./${uri}`,
    uri.replace(':', '&colon;'),
    uri.replace(':', '\\u003a'),
    uri.slice(1),
    [...uri].reverse().join(''),
    uri.normalize('NFD').replace('c', 'ç'),
  ];
}

function elsewhere(uri: string): string[] {
  return [
    `https://${EVIL}`,
    `https://${EVIL}/cb`,
    `https://${EVIL}/${uri}`,
    `https://${EVIL}/?${uri}`,
    `https://${EVIL}/#${uri}`,
    `https://${EVIL}\\${uri}`,
    `https:${EVIL}`,
    `https:/${EVIL}`,
    `//${EVIL}/cb`,
    `///${EVIL}/cb`,
    `/\\${EVIL}/cb`,
    `\\\\${EVIL}\\cb`,
    `/cb`,
    'cb',
    '.',
    '?',
    '#',
    '*',
    'null',
    'undefined',
    'urn:ietf:wg:oauth:2.0:oob',
    'https://',
    '://',
    'about:blank',
    `mailto:${EVIL}`,
  ];
}
