import type { TestPage } from './test-browser.ts';

/** What differs between any two requests by right: ids, the number, the picture of a QR. */
export function bare({ text }: TestPage): string {
  return text
    .replace(/\/(interaction|authorize)\/[\w-]+/g, '/ID')
    .replace(/c=[\w-]+/g, 'c=')
    .replace(/name="c" value="[\w-]+"/g, 'name="c"')
    .replace(/data-version="[^"]*"/g, '')
    .replace(/[0-9a-f]{16}/g, '')
    .replace(/<svg[^>]*class="qr".*?<\/svg>/gs, '<qr>')
    .replace(/d="M[^"]*"/g, 'd=""')
    .replace(/\b\d{3}\u2009\d{3}\b|\b\d( \d){5}\b|data-number="\d+"/g, 'NUMBER')
    .replace(/value="(alice|nobody|bob|carol)"/g, 'value="NAME"')
    .replace(/<bdi>(alice|bob|carol)<\/bdi>/g, '<bdi>NAME</bdi>');
}

/** The waiting page without the time it says is left, for pages that were asked for at different times. */
export function timeless(page: TestPage): string {
  return bare(page)
    .replace(/data-(left|resend)="\d+"/g, 'data-$1=""')
    .replace(/stroke-dashoffset="[\d.]+"/g, 'stroke-dashoffset=""')
    .replace(/(<span id="time">)[^<]*/g, '$1');
}

/** Its headers without those that differ by right. */
export function bareHeaders({ headers }: TestPage): Record<string, string> {
  const varying = new Set([
    'date',
    'x-request-id',
    'set-cookie',
    'location',
    'etag',
    'content-length',
    'content-security-policy',
  ]);
  return Object.fromEntries([...headers].filter(([name]) => !varying.has(name)));
}
