import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { Assets } from './assets.ts';
import { OUTCOME_WORDS } from './outcome-words.ts';
import { loadPageAssets } from './page-assets.ts';
import type { Organisation, PageModels, PageName } from './page-models.ts';
import { qrSvg } from './qr-svg.ts';
import * as words from './words.ts';

export interface RendererOptions {
  /** Folder with the templates, and `assets/` in it. */
  readonly viewsDir: string;
  /** Off only while templates are being written: then each page is read and compiled anew. */
  readonly cache: boolean;
  readonly organisation: Organisation;
  readonly assets?: Assets;
}

export type Renderer = <N extends PageName>(name: N, model: PageModels[N]) => string;

/**
 * Makes the function that turns a page's model into HTML. Templates are compiled once each. They write every value
 * through `<%=`, which escapes; what is written raw is other templates and SVG drawn by us.
 * @throws TypeError (from the returned function) when a model holds an address that runs as script
 */
export function createRenderer(options: RendererOptions): Renderer {
  const { viewsDir, cache, organisation } = options;
  const assets = options.assets ?? loadPageAssets(viewsDir);
  const compiled = new Map<PageName, ejs.TemplateFunction>();
  const shared = {
    organisation,
    asset: assets.url,
    ui: { ...words, qrSvg, safeUrl, ownPath, withQuery, outcomeWords: OUTCOME_WORDS },
  };

  return (name, model) => {
    let template = compiled.get(name);
    if (template === undefined) {
      const filename = join(viewsDir, `${name}.ejs`);
      template = ejs.compile(readFileSync(filename, 'utf8'), {
        filename,
        cache,
        strict: true,
        localsName: 'page',
      });
      if (cache) compiled.set(name, template);
    }
    return template({ ...model, ...shared });
  };
}

const REFUSED = new Set(['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'about:', 'view-source:']);

/**
 * An address for `href`, `action` or a meta refresh. A native app's own scheme is fine; one that runs script, or shows
 * something as if it were ours, is not.
 */
function safeUrl(url: string): string {
  const parsed = URL.parse(url, 'https://relative.invalid/');
  if (parsed === null || REFUSED.has(parsed.protocol))
    throw new TypeError(`not an address to link to: ${url.slice(0, 60)}`);
  return url;
}

/** Whether an address is a path on this server, and so one that the page may fetch from. */
function ownPath(url: string | undefined): boolean {
  return url !== undefined && /^\/(?![/\\])/.test(url) && URL.canParse(url, 'https://relative.invalid/');
}

/** A path with fields as its query, in their order. */
function withQuery(
  path: string,
  fields: readonly { readonly name: string; readonly value: string }[],
): string {
  const query = new URLSearchParams(fields.map(({ name, value }): [string, string] => [name, value]));
  return `${path}?${query}`;
}
