import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Bundle } from './bundle.ts';
import { LICENCES } from './licences.ts';
import { commonHeaders, type PolicyOptions, shellPolicy, workerPolicy } from './policy.ts';
import { manifest, PREFIX, shellPage } from './shell.ts';

/** One answer, ready to send. */
export interface SiteFile {
  readonly body: Buffer;
  /** The same, compressed; absent where it would not help. */
  readonly gzip?: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Site {
  /** The file behind a URL path: a map look-up, so no path leads out of it. */
  find(path: string): SiteFile | undefined;
  /** Headers of an answer that is no file: a redirect, a refusal. */
  readonly plainHeaders: Readonly<Record<string, string>>;
}

export interface SiteOptions extends PolicyOptions {
  readonly bundle: Bundle;
  readonly issuer: string;
  readonly organisation: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Kept, but asked about each time: a new version shows at the next load. */
const ASK = 'no-cache';
const HTML = 'text/html; charset=utf-8';

/** The paths that show the app; which screen it is, the script decides. */
const PAGES = [PREFIX, `${PREFIX}enrol`];

/** The paths that keep their names from version to version. */
export const AUTHENTICATOR_PATHS = [...PAGES, `${PREFIX}manifest.webmanifest`, `${PREFIX}sw.js`];

/** Every file of the authenticator by its path, in memory. */
export function createSite(options: SiteOptions): Site {
  const { bundle, issuer, organisation } = options;
  const { entries } = bundle;
  const common = commonHeaders(options);
  const policy = shellPolicy(options);
  const files = new Map<string, SiteFile>();

  const add = (path: string, body: Buffer, type: string, cache: string, csp = policy) => {
    const gzip = /^(text|image\/svg|application)/.test(type) ? gzipSync(body, { level: 9 }) : undefined;
    files.set(path, {
      body,
      ...(gzip && gzip.length < body.length ? { gzip } : {}),
      etag: `W/"${hash(body)}"`,
      headers: { ...common, 'Content-Security-Policy': csp, 'Content-Type': type, 'Cache-Control': cache },
    });
  };

  const shell = Buffer.from(shellPage({ entries, issuer, organisation }));
  const list = Buffer.from(manifest({ entries, issuer, organisation }));
  for (const path of PAGES) add(path, shell, HTML, ASK);
  add(`${PREFIX}manifest.webmanifest`, list, 'application/manifest+json; charset=utf-8', ASK);

  const parts = [...bundle.files.keys()].filter((name) => name !== entries.worker && name !== LICENCES);
  const kept = [PREFIX, `${PREFIX}manifest.webmanifest`, ...parts.map((name) => PREFIX + name)];
  const code = Buffer.from(bundle.files.get(entries.worker) ?? []);
  // Another page or manifest is another worker too: then the browser sees that there is a new version.
  const version = hash(Buffer.concat([shell, list, code]));
  const build = { version, kept, icon: PREFIX + (entries.pictures['icon-192.png'] ?? '') };
  const worker = Buffer.concat([Buffer.from(`self.BUILD=${JSON.stringify(build)};`), code]);
  add(`${PREFIX}${entries.worker}`, worker, TYPES['.js'] ?? '', ASK, workerPolicy(options));

  for (const [name, content] of bundle.files) {
    const type = TYPES[extname(name)];
    if (name === entries.worker || !type) continue;
    add(PREFIX + name, Buffer.from(content), type, name === LICENCES ? ASK : FOR_EVER);
  }
  return {
    find: (path) => files.get(path),
    plainHeaders: { ...common, 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' },
  };
}

function hash(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22);
}
