/**
 * What is hashed is the password in NFKC (SP 800-63B-4 section 3.1.1.2), so that a password typed on another
 * keyboard or system, which composes its characters differently, is the same one. Nothing is trimmed or folded.
 */
export interface Prepared {
  /** At most `maxLength` code points: a longer password costs no more to hash. */
  readonly text: string;
  /** Longer than allowed: no stored hash can be of it, whatever hashing its beginning says. */
  readonly tooLong: boolean;
}

export function preparePassword(password: string, maxLength: number): Prepared {
  const cut = password.slice(0, maxLength * 2);
  const points = [...cut.normalize('NFKC')];
  return {
    text: points.slice(0, maxLength).join(''),
    tooLong: cut.length < password.length || points.length > maxLength,
  };
}
