import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { DEVICE_ALGORITHMS, type DeviceSigner, publicDeviceJwkSchema } from './device-key.ts';
import { parseStrictJson } from './strict-json.ts';

/** One type for each kind of message, so that none can pass for another (R16; RFC 8725 section 3.11). */
export const JWS_TYPES = {
  response: 'countersign-response+jwt',
  proof: 'countersign-proof+jwt',
  enrolment: 'countersign-enrolment+jwt',
} as const;

/** The message is no compact JWS of ours: wrong form, header members we do not take, or broken JSON. */
export class JwsMalformed extends Error {
  override readonly name = 'JwsMalformed';
}

export interface ParsedJws<H> {
  readonly header: H;
  /** Parsed but not yet checked against anything, and the signature is not verified here. */
  readonly claims: unknown;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

const alg = z.enum(DEVICE_ALGORITHMS);

/**
 * A device message names its key by `kid` (the device id); only an enrolment carries the key itself. Nothing else is
 * taken: `jwk`, `jku`, `x5u`, `crit`, `b64` and the rest are refused (R18).
 */
export const keyedHeaderSchema = z.strictObject({
  alg,
  typ: z.string(),
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
});
export const enrolmentHeaderSchema = z.strictObject({ alg, typ: z.string(), jwk: publicDeviceJwkSchema });

const MAX_LENGTH = 16 * 1024;

/** A compact JWS (RFC 7515 section 7.1) over the RFC 8785 form of `claims`; the header's `alg` is the signer's. */
export async function signCompact(
  header: { readonly typ: string; readonly kid?: string; readonly jwk?: unknown },
  claims: unknown,
  signer: DeviceSigner,
): Promise<string> {
  const encode = (value: unknown) => encodeBase64url(new TextEncoder().encode(canonicalize(value) as string));
  const input = `${encode({ ...header, alg: signer.alg })}.${encode(claims)}`;
  const signature = await signer.sign(new TextEncoder().encode(input));
  return `${input}.${encodeBase64url(signature)}`;
}

/**
 * Takes a compact JWS apart without believing any of it.
 *
 * @param schema the header that is expected; anything more or less is refused.
 * @throws JwsMalformed
 */
export function parseCompact<S extends z.ZodMiniType>(jws: string, schema: S): ParsedJws<z.infer<S>> {
  if (jws.length > MAX_LENGTH) throw new JwsMalformed('longer than 16 KB');
  const parts = jws.split('.');
  if (parts.length !== 3) throw new JwsMalformed('not three parts');
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (!header || !payload || !signature) throw new JwsMalformed('not base64url');
  const parsedHeader = schema.safeParse(json(header));
  if (!parsedHeader.success) throw new JwsMalformed('header members');
  return {
    header: parsedHeader.data,
    claims: json(payload),
    signingInput: new TextEncoder().encode(`${parts[0]}.${parts[1]}`),
    signature,
  };
}

function json(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new JwsMalformed('not strict JSON', { cause });
  }
}
