import type { IncomingHttpHeaders } from 'node:http';
import Bowser from 'bowser';
import { stripToLine } from './plain-line.ts';

/** What a sign-in's browser says it is: families only, since versions are frozen or false in most browsers. */
export interface AgentDescription {
  readonly browser: string;
  readonly system: string;
}

const MAX_LENGTH = 40;
const MAX_HEADER = 1024;

/**
 * Describes a browser from `User-Agent` and, where sent, client hints. The client's own word: shown to people, never
 * a reason to trust.
 */
export function describeAgent(headers: IncomingHttpHeaders): AgentDescription {
  const agent = (headers['user-agent'] ?? '').slice(0, MAX_HEADER);
  const hints = clientHints(headers);
  let browser = '';
  let system = '';
  if (agent !== '' || hints !== undefined) {
    try {
      const parser =
        hints === undefined ? Bowser.getParser(agent || ' ') : Bowser.getParser(agent || ' ', hints);
      browser = parser.getBrowserName();
      system = parser.getOSName() || (hints?.platform ?? '');
    } catch {
      // Odd input is an unknown browser, never a failed sign-in.
    }
  }
  return {
    browser: stripToLine(browser, MAX_LENGTH) || 'An unknown browser',
    system: stripToLine(system, MAX_LENGTH) || 'an unknown system',
  };
}

/** `Sec-CH-UA` and its kin: structured fields (RFC 9651), read only as far as they are needed. */
function clientHints(headers: IncomingHttpHeaders): Bowser.ClientHints | undefined {
  const brandsField = field(headers, 'sec-ch-ua');
  const platform = field(headers, 'sec-ch-ua-platform')?.match(/^"([^"\\]*)"$/)?.[1];
  const mobile = field(headers, 'sec-ch-ua-mobile');
  if (brandsField === undefined && platform === undefined) return undefined;
  const brands = [...(brandsField ?? '').matchAll(/"([^"\\]*)"\s*;\s*v="([^"\\]*)"/g)]
    .map(([, brand = '', version = '']) => ({ brand, version }))
    .slice(0, 8);
  return {
    ...(brands.length === 0 ? {} : { brands }),
    ...(platform === undefined ? {} : { platform }),
    ...(mobile === undefined ? {} : { mobile: mobile === '?1' }),
  };
}

function field(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(0, MAX_HEADER) : undefined;
}
