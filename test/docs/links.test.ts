import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].sort();

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, '');

/** GitHub's name of a heading: lower case, no punctuation, spaces as hyphens; a repeated one is counted. */
function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const all = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    all.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return all;
}

function links(text: string): string[] {
  const prose = withoutCode(text).replace(/`[^`\n]*`/g, '');
  return [
    ...[...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to),
    ...[...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(([, to = '']) => to),
  ].filter((to) => !/^[a-z]+:/i.test(to));
}

describe('links of the pages for people', () => {
  for (const page of PAGES) {
    it(`${page}: each leads to a file and a heading that is there`, () => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const link of links(text)) {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), decodeURIComponent(file));
        expect(existsSync(target), `${link} of ${page}`).to.equal(true);
        expect(relative(ROOT, target).startsWith('..'), `${link} leaves the repository`).to.equal(false);
        if (anchor !== undefined && target.endsWith('.md')) {
          expect([...anchors(readFileSync(target, 'utf8'))], `${link} of ${page}`).to.include(anchor);
        }
      }
    });
  }

  it('finds the pages, and the links in them', () => {
    expect(PAGES).to.include.members(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/integrate.md']);
    expect(links(readFileSync(join(ROOT, 'README.md'), 'utf8')).length).to.be.greaterThan(5);
  });
});
