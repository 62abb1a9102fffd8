import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { type HtmlPage, readHtmlPage } from './html-page.ts';

/** A page as it stands at the end of its redirects. */
export interface Page extends HtmlPage {
  readonly status: number;
  /** Where it was found. */
  readonly url: string;
  readonly headers: Headers;
}

/** One request that went out, told once it is answered. */
export interface RequestMade {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** A redirect or refresh that leads on, absolute. */
  readonly leadsTo: string | undefined;
}

export interface BrowserOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly onRequest?: (request: RequestMade) => void;
  readonly userAgent?: string;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

/** What the walk and the tests need of a browser: no scripts, no styles, but cookies and navigation as browsers do them. */
export interface Browser {
  readonly cookies: CookieJar;
  /** The page it shows; `undefined` before the first one. */
  readonly page: Page | undefined;
  /** As typed into the address bar. Follows redirects and a meta refresh of 0 s. */
  open(url: string): Promise<Page>;
  /** Clicks a link by its id. @throws Error when the page has none. */
  follow(page: Page, linkId: string): Promise<Page>;
  /**
   * Sends a form, found by its id or by the id of one of its buttons (which then counts as the one pressed). `fields`
   * are by name or id; what is not given keeps its value.
   *
   * @throws Error when the page has no such form or the form no such field.
   */
  submit(page: Page, id: string, fields?: Readonly<Record<string, string>>): Promise<Page>;
  /** What the page's own script would fetch (same origin); redirects are not followed. */
  request(page: Page, url: string, init?: RequestInit): Promise<Response>;
}

const MOST_HOPS = 20;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0';

interface Navigation {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  /** Origin of the page it starts from; `undefined` for the address bar. */
  readonly from: string | undefined;
}

export function createBrowser(options: BrowserOptions = {}): Browser {
  const { fetch = globalThis.fetch, onRequest, userAgent = FIREFOX, signal } = options;
  const cookies = createCookieJar();
  let shown: Page | undefined;

  async function send(url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const cookie = cookies.header(url);
    const response = await fetch(url, {
      ...init,
      headers: { 'user-agent': userAgent, ...(cookie === '' ? {} : { cookie }), ...init.headers },
      redirect: 'manual',
      ...(signal ? { signal } : {}),
    });
    cookies.keep(url, response.headers.getSetCookie());
    return response;
  }

  async function navigate(start: Navigation): Promise<Page> {
    let { method, url, body } = start;
    let site = siteOf(start.from, url);
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      const at = new URL(url);
      const response = await send(at, {
        method,
        headers: {
          accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
          'accept-language': 'en',
          'sec-fetch-site': site,
          'sec-fetch-dest': 'document',
          'upgrade-insecure-requests': '1',
          ...(method === 'POST' && start.from !== undefined ? { origin: start.from } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const html = await response.text();
      const location =
        response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      const page: Page | undefined = location === null ? asPage(response, url, html) : undefined;
      const next = location === null ? refreshTarget(page) : new URL(location, at).href;
      onRequest?.({ method, url, status: response.status, leadsTo: next });
      if (next === undefined && page) {
        shown = page;
        return page;
      }
      if (next === undefined) break;
      // A redirect chain is as foreign as its most foreign hop; a refresh starts from the page it stands on.
      site = location === null ? siteOf(at.origin, next) : moreForeign(site, siteOf(at.origin, next));
      if (![307, 308].includes(response.status)) {
        method = 'GET';
        body = undefined;
      }
      url = next;
    }
    throw new Error(`more than ${MOST_HOPS} redirects, the last one to ${url}`);
  }

  return {
    cookies,
    get page() {
      return shown;
    },
    open: (url) => navigate({ method: 'GET', url, from: undefined }),
    follow(page, linkId) {
      const href = page.element(linkId)?.attributes['href'];
      if (href === undefined) throw new Error(`${nameOf(page)} has no link #${linkId}`);
      return navigate({ method: 'GET', url: new URL(href, page.url).href, from: new URL(page.url).origin });
    },
    submit(page, id, fields = {}) {
      const form = page.forms.find((one) => one.id === id || one.buttons.some((button) => button.id === id));
      if (!form) throw new Error(`${nameOf(page)} has no form or button #${id}`);
      const sent = new URLSearchParams();
      const left = new Set(Object.keys(fields));
      for (const field of form.fields) {
        const given = [field.name, field.id].find((key) => key !== undefined && left.delete(key));
        if (given === undefined && (field.type === 'checkbox' || field.type === 'radio')) continue;
        sent.append(field.name, given === undefined ? field.value : (fields[given] ?? ''));
      }
      const [unknown] = left;
      if (unknown !== undefined) throw new Error(`#${id} on ${nameOf(page)} has no field ${unknown}`);
      const pressed = form.buttons.find((button) => button.id === id) ?? form.buttons[0];
      if (pressed?.name !== undefined) sent.append(pressed.name, pressed.value);
      const from = new URL(page.url).origin;
      if (form.method === 'POST')
        return navigate({ method: 'POST', url: form.action, body: `${sent}`, from });
      const url = new URL(form.action);
      url.search = `${sent}`;
      return navigate({ method: 'GET', url: url.href, from });
    },
    async request(page, url, init = {}) {
      const target = new URL(url, page.url);
      const headers = {
        accept: 'application/json',
        'sec-fetch-site': siteOf(new URL(page.url).origin, target.href),
        'sec-fetch-dest': 'empty',
        ...(init.headers as Record<string, string> | undefined),
      };
      const response = await send(target, { ...init, headers });
      onRequest?.({
        method: init.method ?? 'GET',
        url: target.href,
        status: response.status,
        leadsTo: undefined,
      });
      return response;
    },
  };
}

function asPage(response: Response, url: string, html: string): Page {
  const { status, headers } = response;
  return { ...readHtmlPage(html, url), status, url, headers };
}

function refreshTarget(page: Page | undefined): string | undefined {
  return page?.metaRefresh?.seconds === 0 ? page.metaRefresh.url : undefined;
}

/** How an error names a page. */
function nameOf(page: Page): string {
  return `the page “${page.title}” (HTTP ${page.status} at ${new URL(page.url).pathname})`;
}

const SITES = ['none', 'same-origin', 'same-site', 'cross-site'] as const;
type Site = (typeof SITES)[number];

/** `Sec-Fetch-Site` (W3C Fetch Metadata section 2.3); a site is taken to be a host, which is right for localhost. */
function siteOf(from: string | undefined, to: string): Site {
  if (from === undefined) return 'none';
  const [a, b] = [new URL(from), new URL(to)];
  if (a.origin === b.origin) return 'same-origin';
  return a.hostname === b.hostname && a.protocol === b.protocol ? 'same-site' : 'cross-site';
}

function moreForeign(a: Site, b: Site): Site {
  // what was typed stays so, through every redirect
  if (a === 'none') return a;
  return SITES.indexOf(a) > SITES.indexOf(b) ? a : b;
}
