/** Crockford's base32: no I, L, O, U, so that a person can read it aloud and type it. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first `characters` (5 bits each) of `bytes`. */
export function encodeCrockford(bytes: Uint8Array, characters: number): string {
  if (characters * 5 > bytes.length * 8)
    throw new RangeError(`${characters} characters need ${Math.ceil((characters * 5) / 8)} bytes`);
  let out = '';
  let buffer = 0;
  let bits = 0;
  let next = 0;
  while (out.length < characters) {
    if (bits < 5) {
      buffer = ((buffer & 31) << 8) | bytes[next++]!;
      bits += 8;
    }
    bits -= 5;
    out += ALPHABET[(buffer >> bits) & 31];
  }
  return out;
}

/**
 * What a person typed, as the code it stands for: case, spaces and hyphens do not matter, O is 0, I and L are 1.
 *
 * @returns `undefined` when it cannot be a code of `characters` characters.
 */
export function normaliseCrockford(typed: string, characters: number): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return code.length === characters && [...code].every((c) => ALPHABET.includes(c)) ? code : undefined;
}

/** Groups of four with a hyphen between, as shown to people. */
export function groupCode(code: string): string {
  return code.match(/.{1,4}/g)?.join('-') ?? code;
}
