import { z } from 'zod';
import { clientRules } from './rules.ts';
import { clientShape } from './shape.ts';

/**
 * One client, as the configuration file declares it, the CLI adds it and the store keeps it. Parsing what was parsed
 * gives the same again.
 */
export const clientSchema = z.strictObject(clientShape).superRefine((client, ctx) => {
  for (const { path, ...params } of clientRules(client))
    ctx.addIssue({ code: 'custom', path: [...path], params });
});
