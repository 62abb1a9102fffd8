import type { Decision } from '../protocol/answer.ts';

export interface TypedAnswer {
  readonly decision?: Decision;
  readonly number?: string;
}

const DECISIONS: Record<string, Decision> = { a: 'approve', d: 'deny', r: 'report' };

/**
 * Reads `482913 a`, `482 913a`, `d`, `r`, or only a number or only `a`, whose other half is then asked for.
 *
 * @returns `undefined` for anything else.
 */
export function readTypedAnswer(line: string): TypedAnswer | undefined {
  const match = /^\s*([0-9][0-9 ]*)?\s*([adr])?\s*$/i.exec(line);
  if (!match || (!match[1] && !match[2])) return undefined;
  const number = match[1]?.replace(/ /g, '');
  const decision = match[2] && DECISIONS[match[2].toLowerCase()];
  return { ...(decision ? { decision } : {}), ...(number ? { number } : {}) };
}
