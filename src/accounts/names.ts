import { domainToASCII } from 'node:url';

/** A sign-in name (or another field of a person) that cannot be used, in words for the one who typed it. */
export class NameProblem extends Error {
  override readonly name = 'NameProblem';
  readonly code = 'invalid_name';
  readonly field: string;
  readonly was: string;
  readonly wanted: string;

  constructor(field: string, was: string, wanted: string) {
    super(`${field}: was ${JSON.stringify(was)}, wanted ${wanted}`);
    this.field = field;
    this.was = was;
    this.wanted = wanted;
  }
}

const MAX_NAME_LENGTH = 128;

/** Control, format (bidirectional, zero-width), surrogate, private and unassigned characters; line separators. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * The one form under which a user name or an e-mail address is unique: NFKC, trimmed, lower case, and the domain
 * of an address in ASCII (`user@Bücher.example` and `user@xn--bcher-kva.example` are one name).
 *
 * @param field what to call it in an error (`user name`, `e-mail`).
 * @throws NameProblem when it is empty, longer than 128 characters, has invisible characters or a bad domain.
 */
export function normaliseName(raw: string, field = 'name'): string {
  const shown = raw.slice(0, MAX_NAME_LENGTH);
  if (raw.length > MAX_NAME_LENGTH * 4) throw tooLong(field, shown);
  // Lower-casing can undo NFKC (the Kelvin sign, dotted I), hence the second pass.
  const name = raw.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
  if (name === '') throw new NameProblem(field, shown, 'at least one character');
  if (INVISIBLE.test(name)) throw new NameProblem(field, shown, 'no control or invisible characters');

  const at = name.lastIndexOf('@');
  const normalised = at < 0 ? name : asciiDomain(name, at, field, shown);
  if (normalised.length > MAX_NAME_LENGTH) throw tooLong(field, shown);
  return normalised;
}

/** `normaliseName` for what somebody typed at a sign-in page: `undefined` for a name nobody can have. */
export function tryNormaliseName(raw: string): string | undefined {
  try {
    return normaliseName(raw);
  } catch (error) {
    if (error instanceof NameProblem) return undefined;
    throw error;
  }
}

/**
 * An e-mail address as a sign-in name. Deliberately loose about the local part: only mail can tell whether an
 * address works.
 *
 * @throws NameProblem
 */
export function normaliseEmail(raw: string, field = 'e-mail'): string {
  const name = normaliseName(raw, field);
  if (!/^[^@\s]+@[^@\s]+$/.test(name)) {
    throw new NameProblem(field, raw.slice(0, MAX_NAME_LENGTH), 'an address such as anna@example.org');
  }
  return name;
}

function asciiDomain(name: string, at: number, field: string, shown: string): string {
  const domain = domainToASCII(name.slice(at + 1));
  // An IPv4 look-alike (`0x7f.1`) comes back as an address: no mailbox of a person has that form.
  if (domain === '' || /^[\d.]+$/.test(domain) || at === 0) {
    throw new NameProblem(field, shown, 'something before the @ and a domain name after it');
  }
  return `${name.slice(0, at)}@${domain}`;
}

function tooLong(field: string, shown: string): NameProblem {
  return new NameProblem(field, shown, `at most ${MAX_NAME_LENGTH} characters`);
}
