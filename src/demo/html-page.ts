/**
 * Reads the pages of Countersign and of the demo app, which are written by our own templates: attributes in double
 * quotes, every value escaped. No parser for the pages of others.
 */

export interface PageField {
  readonly name: string;
  readonly id: string | undefined;
  readonly type: string;
  readonly value: string;
}

export interface PageForm {
  readonly id: string | undefined;
  readonly method: 'GET' | 'POST';
  /** Absolute. */
  readonly action: string;
  readonly fields: readonly PageField[];
  readonly buttons: readonly {
    readonly id: string | undefined;
    readonly name: string | undefined;
    readonly value: string;
  }[];
}

export interface PageElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HtmlPage {
  readonly title: string;
  /** Everything that can be read, in one line. */
  readonly text: string;
  readonly forms: readonly PageForm[];
  /** Also one inside `<noscript>`, as there is no script here. `url` is absolute. */
  readonly metaRefresh: { readonly seconds: number; readonly url: string | undefined } | undefined;
  element(id: string): PageElement | undefined;
}

const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g;
const ATTRIBUTE = /([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g;

export function readHtmlPage(source: string, url: string): HtmlPage {
  const html = source.replace(/<!--[\s\S]*?-->|<script\b[\s\S]*?<\/script>|<style\b[\s\S]*?<\/style>/gi, '');
  const tags = [...html.matchAll(TAG)].map((match) => ({
    at: match.index,
    end: match.index + match[0].length,
    closing: match[1] === '/',
    tag: (match[2] ?? '').toLowerCase(),
    attributes: readAttributes(match[3] ?? ''),
  }));
  type Tag = (typeof tags)[number];

  function contentOf(open: Tag): { start: number; end: number } {
    let depth = 0;
    for (const next of tags) {
      if (next.at < open.at || next.tag !== open.tag) continue;
      depth += next.closing ? -1 : 1;
      if (depth === 0) return { start: open.end, end: next.at };
    }
    return { start: open.end, end: open.end };
  }

  function readForm(open: Tag): PageForm {
    const { start, end } = contentOf(open);
    const inside = tags.filter((one) => !one.closing && one.at >= start && one.at < end);
    const { id, method, action } = open.attributes;
    return {
      id,
      method: method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      action: new URL(action ?? '', url).href,
      fields: inside
        .filter(({ tag, attributes }) => tag === 'input' && attributes['name'] !== undefined)
        .map(({ attributes }) => ({
          name: attributes['name'] ?? '',
          id: attributes['id'],
          type: attributes['type'] ?? 'text',
          value: attributes['value'] ?? '',
        })),
      buttons: inside
        .filter(({ tag }) => tag === 'button')
        .map(({ attributes }) => ({
          id: attributes['id'],
          name: attributes['name'],
          value: attributes['value'] ?? '',
        })),
    };
  }

  const first = (tag: string) => tags.find((one) => one.tag === tag && !one.closing);
  const textIn = (tag: Tag | undefined) => {
    if (!tag) return '';
    const { start, end } = contentOf(tag);
    return plainText(html.slice(start, end));
  };

  return {
    title: textIn(first('title')),
    text: textIn(first('body')),
    forms: tags.filter(({ tag, closing }) => tag === 'form' && !closing).map(readForm),
    metaRefresh: readRefresh(
      tags.find(
        ({ tag, attributes }) => tag === 'meta' && attributes['http-equiv']?.toLowerCase() === 'refresh',
      )?.attributes['content'],
      url,
    ),
    element(id) {
      const open = tags.find((one) => !one.closing && one.attributes['id'] === id);
      return open && { tag: open.tag, attributes: open.attributes, text: textIn(open) };
    },
  };
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    attributes[name.toLowerCase()] = decode(double ?? single ?? bare ?? '');
  }
  return attributes;
}

function readRefresh(content: string | undefined, base: string): HtmlPage['metaRefresh'] {
  const match = content === undefined ? null : /^\s*(\d+)\s*(?:;\s*url=(.*))?$/i.exec(content);
  if (!match) return undefined;
  const target = match[2]?.trim();
  return { seconds: Number(match[1]), url: target ? new URL(target, base).href : undefined };
}

function plainText(html: string): string {
  return decode(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return NAMED[String(name).toLowerCase()] ?? whole;
  });
}
