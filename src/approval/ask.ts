import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import type { Interaction } from '../authorize/interactions.ts';
import { requestInfo } from '../http/request-info.ts';
import type { SignedContext } from '../protocol/context.ts';
import type { AssessDependencies, Assessed } from '../risk/assess-pages.ts';
import type { Place } from '../risk/place.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import type { Approvals } from './approvals.ts';
import type { ApprovalProof, Challenge } from './challenge.ts';

export interface AskDependencies extends AssessDependencies {
  readonly approvals: Approvals;
  readonly placeOf: (address: string) => Place;
}

/** As many sentences as a device may be given (`signedContextSchema`), and a person reads. */
const MOST_UNUSUAL = 6;

/**
 * Asks an account's devices to approve this step of a sign-in. What they show and sign is put together here, from
 * what the server itself saw (R14). For a device code it is the place of the device that waits, not of the browser.
 */
export async function askForApproval(
  deps: AskDependencies,
  ctx: Context,
  interaction: Interaction,
  who: { readonly account: Account; readonly browser: string; readonly known: boolean },
  assessed: Assessed & { readonly proof: ApprovalProof },
): Promise<Challenge> {
  const info = requestInfo(ctx.req);
  const { purpose, waiting, signals, proof } = assessed;
  const { agent } = info;
  const unusual = signals.slice(0, MOST_UNUSUAL).map(({ sentence }) => sentence);
  const address = waiting?.address ?? info.address;
  const place = deps.placeOf(address);
  const here = deps.placeOf(info.address);
  const owner = place.network?.owner ?? null;
  const context = (): SignedContext => ({
    ver: 1,
    purpose,
    app: { name: interaction.app.name, host: interaction.appHost },
    account: who.account.userName,
    address,
    place: waiting ? waiting.place : place.label,
    ...(owner === null ? {} : { network: owner }),
    browser: agent.browser,
    system: agent.system,
    at: epochSeconds(),
    ...(unusual.length > 0 ? { unusual } : {}),
  });
  return deps.approvals.request({
    chain: interaction.chain,
    account: who.account.sub,
    browser: who.browser,
    known: who.known,
    client: { id: interaction.clientId, name: interaction.app.name },
    purpose,
    from: { address: info.address, place: here },
    context,
    proof,
    read: assessed.read,
    requestId: info.id,
  });
}
