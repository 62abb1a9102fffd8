import type { FormTarget } from './models/parts.ts';

/**
 * Reads action and hidden fields out of a form that oidc-provider hands to `logoutSource`, `userCodeInputSource` and
 * `userCodeConfirmSource`, so that our templates write the form themselves: the library's own has an `onfocus`
 * attribute, which our CSP refuses, and no page takes HTML as a value.
 * @throws TypeError when the HTML has no form: the library changed, and a test should say so
 */
export function readLibraryForm(html: string): FormTarget {
  const form = /<form\b[^>]*>/i.exec(html)?.[0];
  const action = form === undefined ? undefined : attribute(form, 'action');
  if (action === undefined) throw new TypeError('expected a <form action="…"> from oidc-provider');
  const fields: Record<string, string> = {};
  for (const [input] of html.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(input, 'name');
    if (attribute(input, 'type') === 'hidden' && name !== undefined)
      fields[name] = attribute(input, 'value') ?? '';
  }
  return { action, fields };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(amp|lt|gt|quot|apos));/gi, (_, decimal, hex, named) => {
    if (named !== undefined) return NAMED[String(named).toLowerCase()]!;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
