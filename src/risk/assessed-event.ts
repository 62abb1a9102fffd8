import { z } from 'zod';
import { factsSchema } from './facts.ts';
import { PROOFS } from './proof.ts';

/**
 * A `risk.assessed` event as it comes back from the store or from a JSON line: checked, since files are edited and other
 * releases write other events.
 */
export const assessedEventSchema = z.object({
  type: z.literal('risk.assessed'),
  /** Epoch ms. */
  at: z.number(),
  account: z.string(),
  chain: z.string(),
  client: z.string(),
  address: z.string(),
  facts: factsSchema,
  floor: z.enum(PROOFS),
  rule: z.string(),
  needs: z.enum(PROOFS),
  requestId: z.string().optional(),
});

export type AssessedEvent = z.output<typeof assessedEventSchema>;

export type ReadEvent =
  | { readonly assessed: AssessedEvent }
  /** In words: what is wrong with it. */
  | { readonly unreadable: string };

/** @returns `undefined` for an event of another type. */
export function readAssessed(event: unknown): ReadEvent | undefined {
  if ((event as { type?: unknown } | null)?.type !== 'risk.assessed') return undefined;
  const parsed = assessedEventSchema.safeParse(event);
  if (parsed.success) return { assessed: parsed.data };
  const [issue] = parsed.error.issues;
  return { unreadable: `risk.assessed: ${issue?.path.join('.') || 'event'}: ${issue?.message}` };
}
