import { z } from 'zod';
import { PURPOSES } from '../protocol/context.ts';

/**
 * What is known of one attempt when policy decides: measured values, no history and no secret. The audit event
 * `risk.assessed` carries them whole, so that a decision can be explained, and tried again under another policy.
 * `null` = not known, or nothing to compare with; no signal ever comes of it.
 */

const count = z.int().nonnegative();
const measure = z.number().nonnegative();
const words = z.string().max(200);

export const factsSchema = z.strictObject({
  v: z.literal(1),
  purpose: z.enum(PURPOSES),
  /** This browser finished an approved sign-in of the account lately. */
  known: z.boolean(),
  /** It was remembered, too: a valid cookie of the account stands beside the password. */
  remembered: z.boolean(),
  /** Where the attempt comes from, in words, and the country by ISO 3166-1. Of a device code: where the code was asked for. */
  place: words.nullable(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable(),
  /** Whether this person's approved sign-ins came from there. */
  newCountry: z.boolean().nullable(),
  newNetwork: z.boolean().nullable(),
  /** Owner of the network, in words. */
  network: words.nullable(),
  hosting: z.boolean(),
  anonymising: z.boolean(),
  /** The fastest way from one of the last approved sign-ins: km beyond what both places leave open, and hours since. */
  travel: z.strictObject({ km: measure, hours: measure, from: words.nullable() }).nullable(),
  /** Part (0 to 1) of this person's approved sign-ins within two hours of this time of day, and of how many. */
  hour: z.strictObject({ share: z.number().min(0).max(1), of: count }).nullable(),
  /** Wrong passwords, numbers and refusals just before. */
  failures: count,
  /** Its owner has reported that somebody else has the password, and has not set another yet. */
  passwordReported: z.boolean(),
  /** Hours since; only of changes after the first approved sign-in. */
  passwordChangedHours: measure.nullable(),
  deviceAddedHours: measure.nullable(),
  /** Days since the last approved sign-in. */
  idleDays: measure.nullable(),
  /** How many accounts were tried lately from this network; 0 when that is not unusual. */
  spray: count,
  /** Sign-ins other browsers have open at this moment. */
  elsewhere: z
    .array(
      z.strictObject({
        place: words.nullable(),
        /** Beyond what both places leave open. */
        km: measure.nullable(),
        otherCountry: z.boolean().nullable(),
        secondsAgo: count,
      }),
    )
    .max(4),
  /** Of a device code: how far the device that waits is from the browser that approves it. */
  codeKm: measure.nullable(),
  codeOtherCountry: z.boolean().nullable(),
});

export type Facts = z.output<typeof factsSchema>;

/** Nothing unusual and nothing known: what a new account's first sign-in looks like. */
export const PLAIN_FACTS: Facts = {
  v: 1,
  purpose: 'sign-in',
  known: false,
  remembered: false,
  place: null,
  country: null,
  newCountry: null,
  newNetwork: null,
  network: null,
  hosting: false,
  anonymising: false,
  travel: null,
  hour: null,
  failures: 0,
  passwordReported: false,
  passwordChangedHours: null,
  deviceAddedHours: null,
  idleDays: null,
  spray: 0,
  elsewhere: [],
  codeKm: null,
  codeOtherCountry: null,
};
