import { type Blocklist, foldPassword } from './blocklist.ts';

/** Why a new password will not do: a stable code, and the sentence for the person. */
export interface NewPasswordProblem {
  readonly code: 'too_short' | 'too_long' | 'not_text' | 'too_simple' | 'common' | 'contains_name';
  readonly text: string;
}

export interface NewPasswordRules {
  /** In characters (code points after NFKC). */
  readonly minLength: number;
  readonly maxLength: number;
  readonly blocklist: Blocklist;
  readonly userName: string;
  readonly emails?: readonly string[];
  /** The name of the organisation that runs this provider. */
  readonly organisation?: string;
}

/**
 * SP 800-63B-4 section 3.1.1.2: length and a blocklist, no rules about kinds of characters, no expiry.
 *
 * @returns everything that is wrong with it; empty when it will do.
 */
export function checkNewPassword(password: string, rules: NewPasswordRules): NewPasswordProblem[] {
  const { minLength, maxLength } = rules;
  if (password.length > maxLength * 2) return [tooLong(maxLength)];
  if (!password.isWellFormed() || password.includes('\0')) {
    return [{ code: 'not_text', text: 'The password has characters that cannot be typed again.' }];
  }
  const problems: NewPasswordProblem[] = [];
  const points = [...password.normalize('NFKC')];
  if (points.length < minLength) {
    const text = `Use at least ${minLength} characters; a few words in a row work well.`;
    problems.push({ code: 'too_short', text });
  }
  if (points.length > maxLength) problems.push(tooLong(maxLength));

  const folded = foldPassword(password);
  if (rules.blocklist.has(password) || rules.blocklist.has(repeatedUnit(folded))) {
    const text = 'This password is on lists of stolen passwords. Choose one that nobody else has.';
    problems.push({ code: 'common', text });
  } else if (isSimple(folded)) {
    const text =
      'This password is the same few characters again and again, or letters or digits in their order.';
    problems.push({ code: 'too_simple', text });
  }
  const name = namesToAvoid(rules).find((word) => folded.includes(word));
  if (name !== undefined) {
    const text = `The password has “${name}” in it. Leave out your name, your e-mail address and the organisation.`;
    problems.push({ code: 'contains_name', text });
  }
  return problems;
}

function tooLong(maxLength: number): NewPasswordProblem {
  return { code: 'too_long', text: `Use at most ${maxLength} characters.` };
}

/** Shorter words turn up in passwords by chance. */
const SHORTEST_NAME = 4;

function namesToAvoid({ userName, emails = [], organisation = '' }: NewPasswordRules): string[] {
  const words = [userName, ...emails, ...emails.map((email) => email.split('@')[0] ?? ''), organisation];
  return words.map((word) => foldPassword(word.trim())).filter((word) => word.length >= SHORTEST_NAME);
}

/** `abcabcabc` → `abc`; the text itself when nothing repeats. */
function repeatedUnit(text: string): string {
  const at = `${text}${text}`.indexOf(text, 1);
  return at > 0 && at < text.length ? text.slice(0, at) : text;
}

function isSimple(folded: string): boolean {
  const points = [...folded];
  if (points.length === 0) return false;
  if (new Set(points).size < 5 || repeatedUnit(folded).length <= 4) return true;
  const codes = points.map((point) => point.codePointAt(0) ?? 0);
  const steps = codes.slice(1).filter((code, i) => Math.abs(code - (codes[i] ?? 0)) <= 1).length;
  return steps >= (points.length - 1) * 0.8;
}
