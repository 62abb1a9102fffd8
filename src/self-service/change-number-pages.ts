import type { Context } from 'koa';
import { viewVersion } from '../approval/view-version.ts';
import type { ShownNumber } from '../http/models/shown-number.ts';
import { deviceProgress } from '../http/words.ts';
import type { Asked } from './changes.ts';

/** What a page shows of the challenge of a change, without where its forms lead. */
export function numberOf(
  ctx: Context,
  { challenge, now }: Asked,
  resendAfterMs: number,
): Omit<ShownNumber, 'resend' | 'proceed' | 'cancel' | 'authenticator'> {
  const state = challenge.state === 'approved' ? 'approved' : 'pending';
  const left = Math.max(0, challenge.expiresAt - now);
  return {
    state,
    number: challenge.number,
    qr: `countersign:${challenge.id}:${challenge.qr}`,
    secondsLeft: Math.ceil(left / 1000),
    life: Math.round((challenge.expiresAt - challenge.createdAt) / 1000),
    // The waiting page's own poll: what it tells hangs on the chain and the browser cookie alone.
    poll: `/interaction/account/poll?c=${encodeURIComponent(challenge.chain)}`,
    version: viewVersion(challenge, state),
    resendAfter: Math.max(0, Math.ceil((challenge.createdAt + resendAfterMs - now) / 1000)),
    ios: /iPhone|iPad/.test(ctx.get('user-agent')),
    ...(challenge.known
      ? { devices: challenge.devices.map((one) => deviceProgress(one.name, one.step)) }
      : {}),
  };
}
