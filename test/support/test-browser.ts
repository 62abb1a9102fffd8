/**
 * A browser for tests over plain HTTP: a cookie jar that follows paths and expiry, our pages' forms, meta refreshes.
 * What a page really does in Chromium and Firefox is tested in test/browser/.
 */
export interface PageForm {
  readonly id: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface TestPage {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
  readonly title: string | undefined;
  readonly forms: readonly PageForm[];
  /** Where a redirect or a meta refresh of 0 s leads, absolute. */
  readonly next: string | undefined;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly origin: string;
  readonly expires: number | undefined;
}

const MOST_STEPS = 12;

export class TestBrowser {
  cookies: Cookie[] = [];
  /** Every session cookie this browser was ever given, for looking at whether an old one works. */
  readonly sessionCookies: string[] = [];
  /** Sent as well, e.g. another `user-agent`. */
  readonly headers: Record<string, string>;

  private readonly fetch: typeof fetch;

  /** @param through goes another way than straight to the address, e.g. a load balancer's. */
  constructor(headers: Record<string, string> = {}, through: typeof fetch = fetch) {
    this.headers = headers;
    this.fetch = through;
  }

  /** The same jar, apart from now on. */
  clone(): TestBrowser {
    const other = new TestBrowser(this.headers, this.fetch);
    other.cookies = structuredClone(this.cookies);
    return other;
  }

  cookie(name: string): string | undefined {
    return this.cookies.find((cookie) => cookie.name === name)?.value;
  }

  setCookie(name: string, value: string, url: string): void {
    this.keep(url, [`${name}=${value}; Path=/`]);
  }

  dropCookie(name: string): void {
    this.cookies = this.cookies.filter((cookie) => cookie.name !== name);
  }

  /** One request; redirects are not followed. */
  async request(
    url: string,
    init: { form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<TestPage> {
    const { origin } = new URL(url);
    const response = await this.fetch(url, {
      method: init.form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: this.cookieHeader(url),
        ...this.headers,
        ...(init.form
          ? { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'same-origin' }
          : {}),
        ...init.headers,
      },
      ...(init.form ? { body: new URLSearchParams(init.form).toString() } : {}),
    });
    this.keep(url, response.headers.getSetCookie());
    const text = await response.text();
    const location = response.headers.get('location');
    const refresh = /http-equiv="refresh" content="0;\s*url=([^"]+)"/i.exec(text)?.[1];
    return {
      status: response.status,
      url,
      text,
      headers: response.headers,
      title: /<title>([^<]*)<\/title>/.exec(text)?.[1]?.trim(),
      forms: formsOf(text, url),
      next: location
        ? new URL(location, url).href
        : refresh
          ? new URL(unescapeHtml(refresh), url).href
          : undefined,
    };
  }

  /** Follows redirects, refreshes and the library's self-posting forms, until a page for a person or `stopAt`. */
  async open(url: string, stopAt: (url: string) => boolean = () => false): Promise<TestPage> {
    return this.follow(await this.request(url), stopAt);
  }

  async submit(page: TestPage, formId: string, fields: Record<string, string> = {}): Promise<TestPage> {
    const form = page.forms.find(({ id }) => id === formId);
    if (!form) throw new Error(`no form #${formId} on "${page.title}" (${page.status} ${page.url})`);
    return this.request(form.action, { form: { ...form.fields, ...fields } });
  }

  async follow(start: TestPage, stopAt: (url: string) => boolean = () => false): Promise<TestPage> {
    let page = start;
    for (let step = 0; step < MOST_STEPS; step++) {
      if (page.next !== undefined) {
        if (stopAt(page.next) || !/^https?:/.test(page.next)) return page;
        page = await this.request(page.next);
        continue;
      }
      const [form] = page.forms;
      const selfPosting = /document\.forms\[0\]\.submit\(\)/.test(page.text) && form;
      if (!selfPosting) return page;
      page = await this.request(form.action, { form: { ...form.fields } });
    }
    throw new Error(`more than ${MOST_STEPS} steps from ${start.url}`);
  }

  private cookieHeader(url: string): string {
    const { pathname, origin } = new URL(url);
    return this.cookies
      .filter(
        (cookie) => cookie.origin === origin && (cookie.expires === undefined || cookie.expires > Date.now()),
      )
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  private keep(url: string, headers: readonly string[]): void {
    const { origin } = new URL(url);
    for (const header of headers) {
      const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      const value = pair.slice(at + 1);
      const read = (key: string) =>
        attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
      const path = read('path') ?? '/';
      const maxAge = read('max-age');
      const expires =
        maxAge !== undefined
          ? Date.now() + Number(maxAge) * 1000
          : read('expires') !== undefined
            ? Date.parse(read('expires')!)
            : undefined;
      this.cookies = this.cookies.filter(
        (one) => !(one.name === name && one.path === path && one.origin === origin),
      );
      if (expires === undefined || expires > Date.now())
        this.cookies.push({ name, value, path, origin, expires });
      if (name === 'session' || name === 'session.sig') this.sessionCookies.push(pair);
    }
  }
}

function formsOf(html: string, base: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, attributes = '', inside = '']) => ({
    id: attribute(attributes, 'id') ?? '',
    action: new URL(attribute(attributes, 'action') ?? '', base).href,
    fields: Object.fromEntries(
      [...inside.matchAll(/<input\b[^>]*>/gi)]
        .filter(([input]) => !/type="checkbox"/.test(input) || /\schecked/.test(input))
        .map(([input]) => [attribute(input, 'name'), attribute(input, 'value') ?? ''] as const)
        .filter((field): field is readonly [string, string] => field[0] !== undefined),
    ),
  }));
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

const unescapeHtml = (text: string) =>
  text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
