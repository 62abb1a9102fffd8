import { z } from 'zod';
import { clientRules } from '../../clients/rules.ts';
import { clientShape } from '../../clients/shape.ts';
import { path } from '../../options/kinds.ts';
import { optional, records } from '../../options/option.ts';

const { clientId, name, secret, ...rest } = clientShape;

/** A client as the file declares it: like a client's record, but its secret may be in a file of its own. */
export const declaredClient = z
  .strictObject({
    clientId,
    name,
    secret,
    secretFile: optional(
      path(),
      'File that holds the secret, instead of `secret`; spaces and line ends around it are ignored.',
    ),
    ...rest,
  })
  .superRefine((client, ctx) => {
    for (const { path: at, ...params } of clientRules(client))
      ctx.addIssue({ code: 'custom', path: [...at], params });
    if (client.secret !== undefined && client.secretFile !== undefined) {
      ctx.addIssue({
        code: 'custom',
        path: ['secretFile'],
        params: { wanted: 'secret or secretFile, not both', sentence: 'A secret comes from one place.' },
      });
    }
  });

export const clients = records(
  declaredClient,
  [],
  'Apps that sign people in; more can be added by `countersign client add`.',
);
