import type { EventEmitter } from 'node:events';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import { requestInfo } from '../http/request-info.ts';
import { chainName } from './chain-name.ts';

/** Writes down what oidc-provider does: sessions, tokens, sign-outs, and its errors. */
export function recordLibraryEvents(provider: Provider, audit: Audit, logger: Logger): void {
  const record = (ctx: KoaContextWithOIDC, event: AuditEvent) =>
    audit.record(event, { requestId: requestInfo(ctx.req).id });

  provider.on('interaction.started', (ctx, prompt) => {
    const { oidc } = ctx;
    if (prompt.name !== 'login' || !oidc.client) return;
    const { address } = requestInfo(ctx.req);
    record(ctx, { type: 'sign_in.started', chain: chainIn(oidc), client: oidc.client.clientId, address });
  });

  provider.on('end_session.success', (ctx) => {
    const session = ctx.oidc.session as { accountId?: string; uid: string } | undefined;
    if (!session?.accountId) return;
    record(ctx, { type: 'session.ended', account: session.accountId, session: session.uid, by: 'self' });
  });

  provider.on('grant.success', (ctx) => {
    const { client, params, entities } = ctx.oidc;
    if (!client) return;
    const source = (entities.RefreshToken ?? entities.AuthorizationCode ?? entities.DeviceCode) as
      | { accountId?: string; grantId?: string }
      | undefined;
    const token = {
      client: client.clientId,
      ...(source?.accountId ? { account: source.accountId } : {}),
      ...(source?.grantId ? { grant: source.grantId } : {}),
    };
    const grantType = String(params?.['grant_type'] ?? '');
    record(
      ctx,
      grantType === 'refresh_token'
        ? { type: 'token.refreshed', ...token }
        : { type: 'token.issued', ...token, grantType },
    );
  });

  provider.on('grant.error', (ctx, error) => {
    const { id } = requestInfo(ctx.req);
    const detail = (error as { error_detail?: string }).error_detail ?? error.message;
    logger.info(
      { requestId: id, client: ctx.oidc.client?.clientId, reason: detail },
      'token request refused',
    );
    if (!/already (used|consumed)/.test(detail) || !ctx.oidc.client) return;
    record(ctx, {
      type: 'token.replay',
      client: ctx.oidc.client.clientId,
      what: String(ctx.oidc.params?.['grant_type'] ?? ''),
    });
  });

  provider.on('authorization.error', (ctx, error) => {
    logger.info({ requestId: requestInfo(ctx.req).id, reason: error.message }, 'authorization request ended');
  });
  (provider as unknown as EventEmitter).on('error', (error: Error) =>
    logger.error({ err: error }, 'oidc-provider'),
  );
  provider.on('server_error', (ctx, error) => {
    logger.error({ requestId: requestInfo(ctx.req).id, err: error }, 'oidc-provider');
  });
}

function chainIn({ entities }: KoaContextWithOIDC['oidc']): string {
  const { cid } = (entities.Interaction ?? {}) as { cid?: string };
  return cid === undefined ? '' : chainName(cid);
}

/** A session was written, or has climbed a rung. */
export function recordLogin(audit: Audit, ctx: KoaContextWithOIDC, anew: boolean): void {
  const { session, client } = ctx.oidc;
  if (!session?.accountId || !client) return;
  const { id: requestId, address } = requestInfo(ctx.req);
  audit.record(
    {
      type: anew ? 'session.started' : 'session.stepped_up',
      account: session.accountId,
      chain: chainIn(ctx.oidc),
      session: session.uid,
      client: client.clientId,
      acr: session.acr ?? '',
      address,
    },
    { requestId },
  );
}
