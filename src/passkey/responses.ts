import * as z from 'zod/mini';
import { assertionResponseSchema, registrationResponseSchema } from '../protocol/approval-credential.ts';
import { parseStrictJson } from '../protocol/strict-json.ts';

/** What a page sends of `navigator.credentials`, as a form field (WebAuthn level 3 `toJSON()`). */

const base64url = (max: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(max));

const assertion = z.object({
  ...assertionResponseSchema.shape,
  response: z.object({
    ...assertionResponseSchema.shape.response.shape,
    /** Some authenticators give none, and browsers then `null` or nothing. */
    userHandle: z.nullish(base64url(86)),
  }),
});
export type PasskeyAssertion = z.infer<typeof assertion>;

const registration = z.object({
  ...registrationResponseSchema.shape,
  clientExtensionResults: z._default(
    z.object({ credProps: z.optional(z.object({ rk: z.optional(z.boolean()) })) }),
    {},
  ),
});
export type PasskeyRegistration = z.infer<typeof registration>;

/** @returns `undefined` for anything else; members nobody needs are dropped. */
export function readAssertion(text: string): PasskeyAssertion | undefined {
  return read(assertion, text);
}

export function readRegistration(text: string): PasskeyRegistration | undefined {
  return read(registration, text);
}

function read<T>(schema: z.ZodMiniType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(parseStrictJson(text)).data;
  } catch {
    return undefined;
  }
}
