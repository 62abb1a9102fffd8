import { z } from 'zod';
import { NameProblem, normaliseEmail, normaliseName } from './names.ts';

/**
 * What a new person may carry: user name, e-mails, and every standard claim of OpenID Connect Core 1.0 section 5.1
 * (`sub` and `updated_at` are ours to say). The command line, the CSV import and the admin API all use this.
 */

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'something, or leave it out')
    .max(max, `at most ${max} characters`)
    .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), 'no control characters');

const webAddress = text(2048).refine((value) => {
  const url = URL.parse(value);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}, 'an address that starts with https://');

function works(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function isDate(value: string): boolean {
  const match = /^(\d{4})(?:-(\d\d)-(\d\d))?$/.exec(value);
  if (!match) return false;
  if (match[2] === undefined) return true;
  // 0000 = year withheld; 2000 is a leap year, so 29 February passes.
  const iso = `${match[1] === '0000' ? '2000' : match[1]}-${match[2]}-${match[3]}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
}

/** Adapts a name function that throws `NameProblem` to a zod check. */
const named = (normalise: (raw: string) => string) =>
  z
    .string()
    .trim()
    .superRefine((value, context) => {
      try {
        normalise(value);
      } catch (error) {
        if (!(error instanceof NameProblem)) throw error;
        context.addIssue({ code: 'custom', message: error.wanted });
      }
    });

const addressSchema = z.strictObject({
  formatted: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .refine((value) => !/[^\P{Cc}\r\n]/u.test(value), 'no control characters but line breaks')
    .optional(),
  street_address: z.string().trim().min(1).max(500).optional(),
  locality: text(256).optional(),
  region: text(256).optional(),
  postal_code: text(64).optional(),
  country: text(256).optional(),
});

export const profileSchema = z.strictObject({
  name: text(256).optional(),
  given_name: text(256).optional(),
  family_name: text(256).optional(),
  middle_name: text(256).optional(),
  nickname: text(256).optional(),
  preferred_username: text(256).optional(),
  profile: webAddress.optional(),
  picture: webAddress.optional(),
  website: webAddress.optional(),
  gender: text(64).optional(),
  birthdate: z
    .string()
    .trim()
    .refine(isDate, 'a date such as 1990-04-30, 0000-04-30 (no year) or 1990')
    .optional(),
  zoneinfo: text(64)
    .refine(
      (zone) => works(() => new Intl.DateTimeFormat('en', { timeZone: zone })),
      'a time zone such as Europe/Warsaw',
    )
    .optional(),
  locale: text(64)
    .refine((tag) => works(() => Intl.getCanonicalLocales(tag)), 'a language tag such as pl-PL')
    .optional(),
  phone_number: z
    .string()
    .trim()
    .regex(/^\+[1-9]\d{1,14}(;ext=\d{1,15})?$/, 'an international number such as +48123456789')
    .optional(),
  phone_number_verified: z.boolean().optional(),
  address: addressSchema.optional(),
});

const emailSchema = z.strictObject({
  address: named(normaliseEmail),
  verified: z.boolean().default(false),
});

export const newAccountSchema = z.strictObject({
  userName: named((raw) => normaliseName(raw, 'user name')),
  emails: z.array(emailSchema).max(20, 'at most 20 addresses').default([]),
  disabled: z.boolean().default(false),
  profile: profileSchema.default({}),
});

/** A person to be created, as the schema gives it back (trimmed, defaults filled in). */
export type NewAccount = z.infer<typeof newAccountSchema>;
/** What callers may write: `emails`, `disabled` and `profile` can be left out. */
export type NewAccountInput = z.input<typeof newAccountSchema>;
