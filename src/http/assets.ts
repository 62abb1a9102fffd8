import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, parse } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
};

export interface Asset {
  /** `/assets/<name>.<hash>.<ext>`: another content has another URL, so it may be kept for ever. */
  readonly url: string;
  readonly body: Buffer;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Assets {
  /** URL of a file by its plain name. @throws RangeError for a name that is not in the folder */
  url(name: string): string;
  /** The file behind a URL path, or nothing: a map look-up, so no path leads out of the folder. */
  find(path: string): Asset | undefined;
}

/**
 * Reads every asset of a folder (flat) into memory, once. Files of other types are left out.
 *
 * @param more what does not lie in the folder, by its plain name.
 */
export function loadAssets(
  dir: string,
  prefix = '/assets/',
  more: ReadonlyMap<string, Buffer> = new Map(),
): Assets {
  const byName = new Map<string, Asset>();
  const byUrl = new Map<string, Asset>();
  for (const name of [...readdirSync(dir).sort(), ...more.keys()]) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = more.get(name) ?? readFileSync(join(dir, name));
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
    const { name: stem, ext } = parse(name);
    const asset: Asset = {
      url: `${prefix}${stem}.${hash}${ext}`,
      body,
      type,
      headers: {
        'Content-Type': type,
        'Cache-Control': 'public, max-age=31536000, immutable',
        'X-Content-Type-Options': 'nosniff',
      },
    };
    byName.set(name, asset);
    byUrl.set(asset.url, asset);
  }
  return {
    url(name) {
      const asset = byName.get(name);
      if (asset === undefined) throw new RangeError(`no asset is called ${name}`);
      return asset.url;
    },
    find: (path) => byUrl.get(path),
  };
}
