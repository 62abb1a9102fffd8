import type { RequestMade } from './scripted-browser.ts';

/** How a walk is printed: numbered steps, and below each what happened, one line a request. */
export interface WalkLines {
  step(title: string): void;
  browser(request: RequestMade): void;
  device(method: string, url: string, status: number): void;
  say(text: string): void;
  json(value: unknown): void;
}

export function createWalkLines(print: (text: string) => void): WalkLines {
  let steps = 0;
  return {
    step: (title) => print(`${steps === 0 ? '' : '\n'}${++steps}. ${title}`),
    browser: ({ method, url, status, leadsTo }) => {
      const on = leadsTo === undefined ? '' : `, on to ${place(leadsTo)}`;
      print(`   browser  ${method.padEnd(4)} ${shortened(url)} → ${status}${on}`);
    },
    device: (method, url, status) => print(`   device   ${method.padEnd(4)} ${shortened(url)} → ${status}`),
    say: (text) => print(indented(text)),
    json: (value) => print(indented(JSON.stringify(value, null, 2))),
  };
}

const indented = (text: string) => text.replace(/^(?=.)/gm, '   ');

/** Host and path, without the query. */
function place(url: string): string {
  const { host, pathname } = new URL(url);
  return host + shortPath(pathname);
}

/** A URL that fits a line: long values, which are random anyway, are cut. */
function shortened(url: string): string {
  const { searchParams } = new URL(url);
  const query = [...searchParams].map(([name, value]) => `${name}=${cut(value, 24)}`).join('&');
  return place(url) + (query === '' ? '' : `?${query}`);
}

const shortPath = (path: string) =>
  path
    .split('/')
    .map((part) => cut(part, 16))
    .join('/');

const cut = (text: string, max: number) => (text.length <= max ? text : `${text.slice(0, 8)}…`);
