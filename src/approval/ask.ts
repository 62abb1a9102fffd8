import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Interaction, Interactions } from '../authorize/interactions.ts';
import { requestInfo } from '../http/request-info.ts';
import type { Purpose, SignedContext } from '../protocol/context.ts';
import type { Elsewhere } from '../risk/elsewhere.ts';
import type { Place } from '../risk/place.ts';
import { unusualIn } from '../risk/unusual.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import type { Approvals } from './approvals.ts';
import type { Challenge } from './challenge.ts';

export interface AskDependencies {
  readonly approvals: Approvals;
  readonly interactions: Interactions;
  readonly placeOf: (address: string) => Place;
}

/**
 * Asks an account's devices to approve this step of a sign-in. What they show and sign is put together here, from
 * what the server itself saw (R14). For a device code it is the place of the device that waits, not of the browser.
 */
export async function askForApproval(
  deps: AskDependencies,
  ctx: Context,
  interaction: Interaction,
  who: {
    readonly account: Account;
    readonly browser: string;
    readonly known: boolean;
    readonly stepUp: boolean;
  },
): Promise<Challenge> {
  const info = requestInfo(ctx.req);
  const waiting = await deps.interactions.waitingDevice(interaction);
  const purpose: Purpose =
    waiting || interaction.isDeviceCode ? 'device-code' : who.stepUp ? 'step-up' : 'sign-in';
  const { agent } = info;
  const here = deps.placeOf(info.address);
  const shown = waiting ? deps.placeOf(waiting.address) : here;
  const owner = shown.network?.owner ?? null;
  const newPassword = who.account.passwordKnownSince != null && !who.stepUp;
  const context = (openElsewhere: readonly Elsewhere[]): SignedContext => {
    // Of a device code the device that waits is shown, of which there is nothing to compare.
    const unusual =
      purpose === 'device-code'
        ? []
        : unusualIn({ knownBrowser: who.known, here, openElsewhere, newPassword });
    return {
      ver: 1,
      purpose,
      app: { name: interaction.app.name, host: interaction.appHost },
      account: who.account.userName,
      address: waiting?.address ?? info.address,
      place: waiting ? waiting.place : here.label,
      ...(owner === null ? {} : { network: owner }),
      browser: agent.browser,
      system: agent.system,
      at: epochSeconds(),
      ...(unusual.length > 0 ? { unusual } : {}),
    };
  };
  return deps.approvals.request({
    chain: interaction.chain,
    account: who.account.sub,
    browser: who.browser,
    known: who.known,
    client: { id: interaction.clientId, name: interaction.app.name },
    purpose,
    from: { address: info.address, place: here },
    context,
    requestId: info.id,
  });
}
