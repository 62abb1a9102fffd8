import { errors } from 'oidc-provider';
import { ACR, type Floor, isAskable, rank } from '../session/ladder.ts';

/**
 * Which assurance a request asks for. Read from the request's own parameters, never from `ctx.oidc.claims`: the
 * library lets `acr_values` and a client's `default_acr_values` overwrite an app's essential `acr` there.
 */
export interface AcrParams {
  readonly claims?: unknown;
  readonly acr_values?: unknown;
}

interface AcrRequest {
  readonly essential?: boolean;
  readonly value?: unknown;
  readonly values?: unknown;
}

function acrClaim(params: AcrParams): AcrRequest | undefined {
  if (typeof params.claims !== 'string') return undefined;
  const claims = JSON.parse(params.claims) as { id_token?: { acr?: unknown } } | null;
  const acr = claims?.id_token?.acr;
  return acr && typeof acr === 'object' && !Array.isArray(acr) ? (acr as AcrRequest) : undefined;
}

/**
 * The essential `acr` values asked for by the `claims` parameter (OpenID Connect Core 1.0 section 5.5.1.1), or
 * `undefined` when none are. An empty list means "essential, but any value will do".
 *
 * @throws InvalidRequest for values of a wrong type.
 */
function essentialAcr(params: AcrParams): readonly string[] | undefined {
  const acr = acrClaim(params);
  if (!acr?.essential) return undefined;
  if (acr.values !== undefined) {
    if (!Array.isArray(acr.values) || !acr.values.every((value) => typeof value === 'string')) {
      throw new errors.InvalidRequest('claims.id_token.acr.values must be an array of strings');
    }
    return acr.values as string[];
  }
  if (acr.value === undefined) return [];
  if (typeof acr.value !== 'string')
    throw new errors.InvalidRequest('claims.id_token.acr.value must be a string');
  return [acr.value];
}

/** Whether an essential `acr` is asked for of which this provider knows no value (RFC 9470 section 5). */
export function cannotBeMet(params: AcrParams): boolean {
  const essential = essentialAcr(params);
  return !!essential?.length && !essential.some(isAskable);
}

/** The values asked for, in the app's order of preference. */
function askedAcr(params: AcrParams): readonly string[] {
  const essential = essentialAcr(params);
  if (essential?.length) return essential;
  return typeof params.acr_values === 'string' ? params.acr_values.split(' ').filter(Boolean) : [];
}

/** The rung to reach: the client's floor, or the lowest known value asked for; a request never lowers the floor. */
export function requiredRank(params: AcrParams, floor: Floor): number {
  const known = askedAcr(params).filter(isAskable).map(rank);
  return Math.max(rank(ACR[floor]), known.length ? Math.min(...known) : 0);
}

/**
 * Whether a session on rung `acr` is enough. A rung that stands in for push meets a floor of push, when nothing in the
 * request itself asks for more than it is.
 *
 * @param standIns those that may, `standInsAt` this client.
 */
export function meets(
  params: AcrParams,
  floor: Floor,
  acr: string | undefined,
  standIns: readonly string[],
): boolean {
  if (rank(acr) >= requiredRank(params, floor)) return true;
  if (acr === undefined || floor !== 'push' || !standIns.includes(acr)) return false;
  return rank(acr) >= requiredRank(params, 'pwd');
}

/** What a session on rung `acr` is called for this request: the first asked value it meets, else its own. */
export function acrToReport(params: AcrParams, acr: string | undefined): string | undefined {
  return askedAcr(params).find((value) => isAskable(value) && rank(value) <= rank(acr)) ?? acr;
}
