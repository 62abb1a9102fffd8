import axe from 'axe-core';
import type { Tab } from '../browser-tab.ts';
import { type Phone, SCREENS } from './phone.ts';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Sizes of what is touched are not among axe's defaults. */
const OPTIONS = `{ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }`;

/** Chromium looks at every width in every scheme; Firefox, where a look costs more, at each of them once. */
const LOOKS = {
  Chromium: [
    ['light', 'usual'],
    ['light', 'small'],
    ['dark', 'small'],
    ['dark', 'usual'],
  ],
  Firefox: [
    ['light', 'usual'],
    ['dark', 'small'],
  ],
} as const;

/** What axe finds in what a tab shows, and whether it scrolls sideways: in both colour schemes and both widths. */
export async function problemsOf(phone: Phone, tab: Tab): Promise<string[]> {
  const found: string[] = [];
  await tab.page.evaluate(axe.source);
  for (const [scheme, size] of LOOKS[phone.name]) {
    await phone.look(tab, { scheme, reducedMotion: true });
    await tab.page.setViewport(SCREENS[size]);
    const where = `${await tab.heading()} (${scheme}, ${SCREENS[size].width})`;
    const violations = (await tab.page.evaluate(
      `axe.run(document, ${OPTIONS}).then(({ violations }) => violations)`,
    )) as Violation[];
    for (const { id, nodes } of violations) {
      for (const { html, failureSummary } of nodes) found.push(`${where}: ${id} ${html} ${failureSummary}`);
    }
    const wider = await tab.read(`document.documentElement.scrollWidth > innerWidth`);
    if (wider) found.push(`${where}: scrolls sideways`);
  }
  await tab.page.setViewport(SCREENS.usual);
  return found;
}
