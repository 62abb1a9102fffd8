import type { IncomingMessage } from 'node:http';
import { text } from 'co-body';
import type * as z from 'zod/mini';
import { type AssertionResponse, assertedAnswerBody } from '../protocol/approval-credential.ts';
import { JsonRefused, parseStrictJson } from '../protocol/strict-json.ts';
import { DeviceError } from './device-error.ts';

export interface SignedAnswer {
  /** The compact JWS as it came. */
  readonly jws: string;
  readonly assertion?: AssertionResponse;
}

export const MAX_BODY_BYTES = 16 * 1024;

/**
 * The body as text.
 *
 * @param type the one media type taken; parameters are ignored.
 * @throws DeviceError `unsupported_media_type`, `payload_too_large`, `invalid_request`.
 */
export async function readBody(req: IncomingMessage, type: string): Promise<string> {
  if (mediaType(req) !== type || (req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new DeviceError('unsupported_media_type');
  }
  try {
    return (await text(req, { limit: MAX_BODY_BYTES, encoding: 'utf8' })) as string;
  } catch (cause) {
    throw new DeviceError(isTooLarge(cause) ? 'payload_too_large' : 'invalid_request', { cause });
  }
}

/** A device's answer: the JWS alone, or in JSON with the assertion that belongs to it. @throws as `readBody`, `parseBody`. */
export async function readAnswer(req: IncomingMessage): Promise<SignedAnswer> {
  if (mediaType(req) !== 'application/json') return { jws: await readBody(req, 'application/jose') };
  const { response, assertion } = parseBody(await readBody(req, 'application/json'), assertedAnswerBody);
  return { jws: response, assertion };
}

function mediaType(req: IncomingMessage): string | undefined {
  return req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

/** @throws DeviceError `invalid_request` for anything but JSON of exactly this shape (F8, F9). */
export function parseBody<S extends z.ZodMiniType>(body: string, schema: S): z.infer<S> {
  try {
    const parsed = schema.safeParse(parseStrictJson(body));
    if (parsed.success) return parsed.data;
    throw new DeviceError('invalid_request', { cause: parsed.error });
  } catch (cause) {
    throw cause instanceof JsonRefused ? new DeviceError('invalid_request', { cause }) : cause;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 413;
}
