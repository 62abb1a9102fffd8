import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import { sha256Base64url } from './base64url.ts';

/** Why an approval is asked for; part of what the device shows and signs. */
export const PURPOSES = ['sign-in', 'step-up', 'device-code', 'ciba', 'factor-change'] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * What the device shows and signs (its SHA-256 over RFC 8785 canonical JSON is the `ctx` claim). All of it is the
 * server's word (R14): nothing a browser or an app says gets in unchecked.
 */
export interface SignedContext {
  readonly ver: 1;
  readonly purpose: Purpose;
  readonly app: { readonly name: string; readonly host: string };
  /** The user name of the account, as its owner writes it. */
  readonly account: string;
  readonly address: string;
  /** Country or finer, in words; `null` when nothing is known. */
  readonly place: string | null;
  /** Owner of the network the address is in; absent when it is not known. */
  readonly network?: string;
  readonly browser: string;
  readonly system: string;
  /** Epoch seconds of the request. */
  readonly at: number;
  /** What is unusual about the request, in sentences of the server's; absent when nothing is. */
  readonly unusual?: readonly string[];
  /** For `factor-change`: what an approval will do, e.g. `{ act: 'add-device', name, fingerprint }`. */
  readonly change?: { readonly act: string; readonly name?: string; readonly fingerprint?: string };
}

const text = z.string().check(z.maxLength(512));

/** Strict: a device that gets a field it does not know cannot show it, so it must not sign it. */
export const signedContextSchema = z.strictObject({
  ver: z.literal(1),
  purpose: z.enum(PURPOSES),
  app: z.strictObject({ name: text, host: text }),
  account: text,
  address: text,
  place: z.nullable(text),
  network: z.exactOptional(text.check(z.minLength(1))),
  browser: text,
  system: text,
  at: z.int(),
  unusual: z.exactOptional(
    z.readonly(z.array(text.check(z.minLength(1))).check(z.minLength(1), z.maxLength(8))),
  ),
  change: z.exactOptional(
    z.strictObject({ act: text, name: z.exactOptional(text), fingerprint: z.exactOptional(text) }),
  ),
});

/** RFC 8785 canonical JSON of a context. Throws on a lone surrogate or a number JSON cannot carry. */
export function canonicalContext(context: SignedContext): string {
  return canonicalize(context) as string;
}

/** base64url SHA-256 of the canonical context: the `ctx` claim. */
export function contextHash(context: SignedContext): Promise<string> {
  return sha256Base64url(canonicalContext(context));
}
