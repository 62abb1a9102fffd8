import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, parse } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { LICENCES, licencesOf } from './licences.ts';

/** The web authenticator as files: what a browser loads, and which of them does what. */
export interface Bundle {
  /** Content by file name; all but the worker carry a hash of it in their names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly entries: BundleEntries;
}

export interface BundleEntries {
  readonly script: string;
  readonly style: string;
  /** The service worker's code, to which the host adds what it is to keep. */
  readonly worker: string;
  /** File names by plain name, e.g. `icon-192.png`. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** The sources in a checkout; in what is published, the bundled files. */
const BESIDE = join(import.meta.dirname, '..', 'authenticator');
/** What a build leaves beside the entries: their list. */
export const LIST = 'bundle.json';

let bundled: Promise<Bundle> | undefined;

/**
 * From sources bundled in memory, once a process (about 100 ms); in what is published the files lie ready, and the
 * bundler is never loaded.
 *
 * @throws Error when there is neither.
 */
export function loadBundle(): Promise<Bundle> {
  bundled ??= existsSync(join(BESIDE, 'main.ts')) ? bundleSources(BESIDE) : readBuilt(BESIDE);
  return bundled;
}

async function readBuilt(folder: string): Promise<Bundle> {
  const list = join(folder, LIST);
  if (!existsSync(list)) {
    throw new Error(`the web authenticator is missing: ${list} is not there; run npm run build again`);
  }
  const files = new Map<string, Uint8Array>();
  for (const name of readdirSync(folder))
    if (name !== LIST) files.set(name, readFileSync(join(folder, name)));
  return { files, entries: JSON.parse(readFileSync(list, 'utf8')) as BundleEntries };
}

/** @throws what esbuild says about the sources. */
export async function bundleSources(sources: string): Promise<Bundle> {
  const { build, stop } = await import('esbuild');
  const common: BuildOptions & { write: false } = {
    bundle: true,
    write: false,
    minify: true,
    // What has service workers, module scripts and Ed25519 or P-256 in WebCrypto, and gets updates.
    target: ['es2022', 'safari16.4'],
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  };
  const outdir = '/';
  try {
    const [app, worker] = await Promise.all([
      build({
        ...common,
        entryPoints: [join(sources, 'main.ts')],
        format: 'esm',
        splitting: true,
        metafile: true,
        outdir,
        entryNames: 'app-[hash]',
        chunkNames: 'part-[hash]',
      }),
      build({
        ...common,
        entryPoints: [join(sources, 'worker/sw.ts')],
        format: 'iife',
        metafile: true,
        outdir,
      }),
    ]);
    const files = new Map<string, Uint8Array>();
    for (const file of [...app.outputFiles, ...worker.outputFiles])
      files.set(basename(file.path), file.contents);
    files.set(LICENCES, licencesOf([app.metafile, worker.metafile]));
    const pictures = addPictures(files, join(sources, 'pictures'));
    const [script = '', style = ''] = ['.js', '.css'].map((ext) =>
      [...files.keys()].find((name) => name.startsWith('app-') && name.endsWith(ext)),
    );
    return { files, entries: { script, style, worker: 'sw.js', pictures } };
  } finally {
    await stop();
  }
}

function addPictures(files: Map<string, Uint8Array>, folder: string): Record<string, string> {
  const pictures: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const body = readFileSync(join(folder, name));
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
    const { name: stem, ext } = parse(name);
    pictures[name] = `${stem}-${hash}${ext}`;
    files.set(pictures[name], body);
  }
  return pictures;
}
