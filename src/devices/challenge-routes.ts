import type Router from '@koa/router';
import type { Context } from 'koa';
import { answerChallenge } from './answer-challenge.ts';
import type { DeviceApi } from './device-api.ts';
import { DeviceError } from './device-error.ts';
import { challengeMessageOf, credentialMessageOf } from './device-messages.ts';
import { abortOnClose, single, waitOf } from './held-call-routes.ts';
import { identifyActive } from './identify.ts';
import { pollPending } from './poll-pending.ts';
import { readAnswer, readBody } from './read-body.ts';
import type { ProofCall } from './verify-proof.ts';

/**
 * `/challenges`: what waits for a device, and its answers.
 *
 * @param callOf what a request's proof has to fit; `jws` is the proof, `body` what else it covers.
 * @param addressOf the caller's address.
 */
export function addChallengeRoutes(
  router: Router,
  api: DeviceApi,
  callOf: (ctx: Context, jws: string, body?: string) => ProofCall,
  addressOf: (ctx: Context) => string,
): void {
  const headerCall = (ctx: Context) => callOf(ctx, ctx.get('dpop'));

  router.get('/challenges', async (ctx: Context) => {
    const waitMs = waitOf(ctx);
    const seen = single(ctx, 'v');
    const caller = await identifyActive(api, headerCall(ctx));
    const message = await pollPending(api, caller, { waitMs, seen, signal: abortOnClose(ctx) });
    if (message.retry_after) ctx.set('Retry-After', String(message.retry_after));
    ctx.body = message;
  });

  router.get('/challenges/:id', async (ctx: Context) => {
    const caller = await identifyActive(api, headerCall(ctx));
    const found = await api.approvals.forDevice(idOf(ctx), caller.device);
    if (!found) throw new DeviceError('challenge_not_found');
    const credential = credentialMessageOf(caller.device, api.party);
    ctx.body = challengeMessageOf(found.challenge, found.state, credential);
  });

  router.post('/challenges/:id/response', async (ctx: Context) => {
    ctx.body = await answerChallenge(api, idOf(ctx), await readAnswer(ctx.req), addressOf(ctx));
  });

  router.post('/challenges/:id/receipts', async (ctx: Context) => {
    const caller = await identifyActive(api, callOf(ctx, await readBody(ctx.req, 'text/plain')));
    const { step } = caller.claims;
    if (!step) throw new DeviceError('invalid_request', { cause: 'a receipt without a step' });
    if (!(await api.approvals.forDevice(idOf(ctx), caller.device)))
      throw new DeviceError('challenge_not_found');
    await api.approvals.receipt(idOf(ctx), caller.device.id, step);
    ctx.status = 204;
  });
}

function idOf(ctx: Context): string {
  return String(ctx['params'].id);
}
