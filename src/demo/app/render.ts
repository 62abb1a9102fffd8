import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { Assets } from '../../http/assets.ts';
import * as words from '../../http/words.ts';
import type { ShownClaim } from './words.ts';

export interface AppPages {
  readonly home: { readonly provider: string };
  readonly claims: {
    readonly who: string;
    readonly how: string;
    readonly claims: readonly ShownClaim[];
    /** The claims as they came, for developers and scripts. */
    readonly json: string;
  };
  readonly userinfo: { readonly claims: readonly ShownClaim[]; readonly json: string };
  readonly problem: { readonly title: string; readonly text: string; readonly detail?: string };
}

export type AppRenderer = <N extends keyof AppPages>(name: N, model: AppPages[N]) => string;

/** The app's own templates in the frame of Countersign's pages; `assets` are Countersign's, `own` the app's. */
export function createAppRenderer(viewsDir: string, assets: Assets, own: Assets): AppRenderer {
  const compiled = new Map<string, ejs.TemplateFunction>();
  const shared = {
    organisation: { name: 'Demo app' },
    asset: assets.url,
    own: own.url,
    ui: { ...words, safeUrl: (url: string) => url },
  };
  return (name, model) => {
    let template = compiled.get(name);
    if (template === undefined) {
      const filename = join(viewsDir, 'demo', `${name}.ejs`);
      template = ejs.compile(readFileSync(filename, 'utf8'), { filename, strict: true, localsName: 'page' });
      compiled.set(name, template);
    }
    return template({ ...model, ...shared });
  };
}
