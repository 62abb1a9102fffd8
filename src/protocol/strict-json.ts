/** JSON that parses but is refused: a key given twice or written with an escape, `__proto__`, or too deep a nesting (F8, F9). */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';
}

/**
 * `JSON.parse` for input from elsewhere. RFC 8259 section 4 leaves repeated names open, and two readers that pick
 * different ones can be played against each other, so they are refused. So are names written with an escape, which none
 * of ours needs: V8 reads some of them as another name once it has seen that one (nodejs/node issue 63785), so that what
 * was signed and what was read differ.
 *
 * @throws JsonRefused for anything that is not plain, unambiguous JSON.
 */
export function parseStrictJson(text: string, maxDepth = 8): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonRefused('not JSON');
  }
  refuseAmbiguity(text, maxDepth);
  return value;
}

/** `text` is known to be JSON, so only structure needs watching. */
function refuseAmbiguity(text: string, maxDepth: number): void {
  const open: (Set<string> | undefined)[] = [];
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : undefined);
      if (open.length > maxDepth) throw new JsonRefused(`nested deeper than ${maxDepth}`);
      keyNext = c === '{';
    } else if (c === '}' || c === ']') {
      open.pop();
      keyNext = false;
    } else if (c === ',') {
      keyNext = open.at(-1) !== undefined;
    } else if (c === '"') {
      let end = i + 1;
      while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      if (keyNext) refuseKey(text.slice(i + 1, end), open.at(-1)!);
      keyNext = false;
      i = end;
    }
  }
}

/** @param key as it is written. */
function refuseKey(key: string, seen: Set<string>): void {
  if (key.includes('\\')) throw new JsonRefused('a key written with an escape');
  if (key === '__proto__') throw new JsonRefused('the key __proto__ is not allowed');
  if (seen.has(key)) throw new JsonRefused('the same key twice');
  seen.add(key);
}
