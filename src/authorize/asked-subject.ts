import { decodeJwt } from 'jose';
import { errors } from 'oidc-provider';

/**
 * Which person a request asks for, by `id_token_hint` or the `sub` claim (OpenID Connect Core 1.0 sections 3.1.2.1
 * and 5.5.1). Read from the parameters every time: a resume has no `oidc.entities` of the first request.
 */
export interface SubjectParams {
  readonly id_token_hint?: unknown;
  readonly claims?: unknown;
}

/**
 * @returns the subject identifiers one of which is wanted, as the client knows them, or `undefined`.
 * @throws InvalidRequest for a `sub` value of a wrong type.
 */
function askedSubjects(params: SubjectParams): readonly string[] | undefined {
  if (typeof params.id_token_hint === 'string') {
    const { sub } = decodeJwt(params.id_token_hint);
    return sub === undefined ? [] : [sub];
  }
  if (typeof params.claims !== 'string') return undefined;
  const claims = JSON.parse(params.claims) as {
    id_token?: { sub?: unknown };
    userinfo?: { sub?: unknown };
  } | null;
  for (const sub of [claims?.id_token?.sub, claims?.userinfo?.sub]) {
    if (!sub || typeof sub !== 'object') continue;
    const { value, values } = sub as { value?: unknown; values?: unknown };
    if (value === undefined && values === undefined) continue;
    const wanted = value === undefined ? values : [value];
    if (!Array.isArray(wanted) || !wanted.every((one) => typeof one === 'string')) {
      throw new errors.InvalidRequest('the sub claim asked for must be a string');
    }
    return wanted as string[];
  }
  return undefined;
}

/** Whether `accountId` is the person asked for; a pairwise client knows people by another name. */
export async function isAsked(
  params: SubjectParams,
  accountId: string | undefined,
  subjectFor: (accountId: string) => Promise<string>,
): Promise<boolean> {
  const wanted = askedSubjects(params);
  if (!wanted) return true;
  return accountId !== undefined && wanted.includes(await subjectFor(accountId));
}
