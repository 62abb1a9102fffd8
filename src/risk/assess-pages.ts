import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import type { WaitingDevice } from '../authorize/library-pages.ts';
import { requestInfo } from '../http/request-info.ts';
import type { Purpose } from '../protocol/context.ts';
import type { Assessment, Risk } from './assess.ts';

/** An assessment, and what it was of. */
export interface Assessed extends Assessment {
  readonly purpose: Purpose;
  /** Of a device code, as far as it is known: what waits. */
  readonly waiting: WaitingDevice | undefined;
}

export interface AssessDependencies {
  readonly risk: Pick<Risk, 'assess'>;
  readonly interactions: Interactions;
}

/** Assesses one step of a sign-in, as it stands in this request. */
export async function assessStep(
  deps: AssessDependencies,
  ctx: Context,
  interaction: Interaction,
  who: {
    readonly account: Account;
    readonly browser: string;
    readonly known: boolean;
    readonly remembered?: boolean;
    readonly failures?: number;
    /** Nothing but a session stands behind it. */
    readonly stepUp: boolean;
  },
): Promise<Assessed> {
  const { id: requestId, address } = requestInfo(ctx.req);
  const waiting = await deps.interactions.waitingDevice(interaction);
  const purpose: Purpose =
    waiting || interaction.isDeviceCode ? 'device-code' : who.stepUp ? 'step-up' : 'sign-in';
  const assessment = await deps.risk.assess({
    chain: interaction.chain,
    account: who.account,
    browser: who.browser,
    known: who.known,
    remembered: who.remembered ?? false,
    client: { id: interaction.clientId, proof: interaction.policy.proof },
    purpose,
    address,
    ...(waiting ? { waitingAddress: waiting.address } : {}),
    failures: who.failures ?? 0,
    requestId,
  });
  return { ...assessment, purpose, waiting };
}
