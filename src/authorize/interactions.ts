import type { Context } from 'koa';
import { type Client, errors, type Provider } from 'oidc-provider';
import type { Wanted } from '../consent/consent.ts';
import type { AppFace } from '../http/models/parts.ts';
import { exceedsPush } from '../risk/proof.ts';
import { browserHashFrom, newBrowserCookie, renewedBrowserCookie } from '../session/browser-cookie.ts';
import type { StandIn } from '../session/ladder.ts';
import { isAsked } from './asked-subject.ts';
import { chainName } from './chain-name.ts';
import { type ChainResult, neededBy } from './chain-result.ts';
import { type ClientPolicy, policyOf, standInsAt } from './client-policy.ts';
import { addWanted } from './existing-grant.ts';
import { faceOf, type WaitingDevice } from './library-pages.ts';
import { meets, requiredRank } from './requested-acr.ts';

/** One step of a sign-in as our pages see it: oidc-provider's interaction, without oidc-provider. */
export interface Interaction {
  readonly uid: string;
  /** Names the whole chain of prompts, whose uids differ. */
  readonly chain: string;
  readonly prompt: 'login' | 'push' | 'new-password' | 'consent';
  readonly reasons: readonly string[];
  readonly clientId: string;
  readonly app: AppFace;
  readonly policy: ClientPolicy;
  /** Host the app lives on, shown to people. */
  readonly appHost: string;
  /** The rung this request has to reach. */
  readonly required: number;
  readonly result: ChainResult | undefined;
  /** What this very step has written, while the browser has not gone on yet. */
  readonly submitted: ChainResult | undefined;
  readonly session:
    | { readonly accountId: string; readonly uid: string; readonly acr: string | undefined }
    | undefined;
  readonly isDeviceCode: boolean;
  /** Whether a session on this rung, under `push`, would be enough for this request. */
  readonly takesStandIn: (acr: StandIn) => boolean;
  /** What is not yet agreed to, on the consent page. */
  readonly missing: Wanted;
  /** Hash of this browser's cookie; absent when the browser sent none. */
  readonly browser: string | undefined;
}

export class InteractionGone extends Error {
  override readonly name = 'InteractionGone';
  readonly status = 400;
}

/** Another browser's interaction: its cookie was planted here, or its link was passed on (R30, F21). */
export class OtherBrowser extends Error {
  override readonly name = 'OtherBrowser';
  readonly status = 403;
  readonly code = 'other_browser';
}

export interface Interactions {
  /** @throws InteractionGone when there is none, or its session ended; OtherBrowser. */
  load(ctx: Context): Promise<Interaction>;
  /**
   * Writes what was proved and answers where to go on.
   * @param replace drops what the chain had proved before.
   */
  finish(ctx: Context, result: ChainResult, options?: { replace?: boolean }): Promise<string>;
  /** Where to go on, once `finish` has been called. */
  resumeUrl(interaction: Interaction): string;
  /** Whether the request names another person than `accountId`. */
  asksForAnother(interaction: Interaction, accountId: string): Promise<boolean>;
  /** When the signed-in person last proved themselves (epoch s), or `undefined` when signed out meanwhile. */
  loginTime(interaction: Interaction): Promise<number | undefined>;
  /** Saves a grant of what was missing; extends the session's own. @returns its id. */
  grant(interaction: Interaction, given: Wanted): Promise<string>;
  /** The device that waits for a user code's approval. */
  waitingDevice(interaction: Interaction): Promise<WaitingDevice | undefined>;
  /** Gives a browser its cookie if it has none. @returns the hash. */
  ensureBrowser(ctx: Context): string;
}

type Details = Awaited<ReturnType<Provider['interactionDetails']>> & {
  readonly cid: string;
  readonly deviceCode?: string;
};

/**
 * @param current the Provider of now: a key rotation replaces it.
 * @param standIns rungs under `push` that may stand in for it.
 */
export function createInteractions(
  current: () => Provider,
  issuer: string,
  subjectFor: (client: Client, accountId: string) => string,
  standIns: readonly string[],
): Interactions {
  const loaded = new WeakMap<Interaction, { details: Details; client: Client }>();

  async function load(ctx: Context): Promise<Interaction> {
    const provider = current();
    const details = (await gone(provider.interactionDetails(ctx.req, ctx.res))) as Details;
    const uid = ctx.path.split('/')[2];
    if (details.uid !== uid) throw new InteractionGone('interaction and cookie differ');
    const client = await provider.Client.find(String(details.params['client_id']));
    if (!client) throw new InteractionGone('the client is gone');

    const browser = browserHashFrom(ctx.req, issuer);
    const result = details.lastSubmission as ChainResult | undefined;
    if (result?.browser && result.browser !== browser)
      throw new OtherBrowser('the chain belongs to another browser');
    const policy = policyOf(client);
    const asks = details.prompt.details as {
      missingOIDCScope?: string[];
      missingOIDCClaims?: string[];
      missingResourceScopes?: Record<string, string[]>;
    };
    const interaction: Interaction = {
      uid,
      chain: chainName(details.cid),
      prompt: details.prompt.name as Interaction['prompt'],
      reasons: details.prompt.reasons,
      clientId: client.clientId,
      app: faceOf(client),
      policy,
      appHost: hostOf(details.params['redirect_uri'], client),
      required: requiredRank(details.params, policy.floor),
      result,
      submitted: details.result as ChainResult | undefined,
      session: details.session?.uid
        ? { accountId: details.session.accountId, uid: details.session.uid, acr: details.session.acr }
        : undefined,
      isDeviceCode: details.deviceCode !== undefined,
      // A grant that leaves the browser takes a device's word (R55).
      takesStandIn: (acr) =>
        details.deviceCode === undefined &&
        !exceedsPush(neededBy(result)) &&
        meets(details.params, policy.floor, acr, standInsAt(client.clientId, policy, standIns)),
      missing: {
        scopes: asks.missingOIDCScope ?? [],
        claims: asks.missingOIDCClaims ?? [],
        resources: asks.missingResourceScopes ?? {},
      },
      browser,
    };
    loaded.set(interaction, { details, client });
    return interaction;
  }

  const behind = (interaction: Interaction) => {
    const found = loaded.get(interaction);
    if (!found) throw new Error('not an interaction of this server');
    return found;
  };

  return {
    load,
    async finish(ctx, result, options = {}) {
      if (result.login) {
        // Whoever signs in here keeps being known here: the cookie lives on from today.
        const cookie = renewedBrowserCookie(ctx.req, issuer);
        if (cookie !== undefined) ctx.append('set-cookie', cookie);
      }
      return gone(
        current().interactionResult(ctx.req, ctx.res, result as never, {
          mergeWithLastSubmission: !options.replace,
        }),
      );
    },
    resumeUrl: (interaction) => behind(interaction).details.returnTo,
    async asksForAnother(interaction, accountId) {
      const { details, client } = behind(interaction);
      return !(await isAsked(details.params, accountId, async (sub) => subjectFor(client, sub)));
    },
    async loginTime(interaction) {
      if (!interaction.session) return undefined;
      return (await current().Session.findByUid(interaction.session.uid))?.loginTs;
    },
    async grant(interaction, given) {
      const provider = current();
      const { details } = behind(interaction);
      const own =
        details.grantId && !interaction.isDeviceCode ? await provider.Grant.find(details.grantId) : undefined;
      const grant =
        own ??
        new provider.Grant({ accountId: interaction.session!.accountId, clientId: interaction.clientId });
      addWanted(grant, given, interaction.policy);
      return grant.save();
    },
    async waitingDevice(interaction) {
      const { details } = behind(interaction);
      if (details.deviceCode === undefined) return undefined;
      const code = await current().DeviceCode.find(details.deviceCode, { ignoreExpiration: true } as never);
      return (code as { deviceInfo?: WaitingDevice } | undefined)?.deviceInfo;
    },
    ensureBrowser(ctx) {
      const present = browserHashFrom(ctx.req, issuer);
      if (present !== undefined) return present;
      const made = newBrowserCookie(issuer);
      ctx.append('set-cookie', made.header);
      return made.hash;
    },
  };
}

/** The library's word for an interaction that is over, or that another request ended first. */
async function gone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof errors.SessionNotFound
      ? new InteractionGone(error.error_description ?? error.message)
      : error;
  }
}

function hostOf(redirectUri: unknown, client: Client): string {
  for (const candidate of [redirectUri, client.clientUri, client.redirectUris?.[0]]) {
    const url = typeof candidate === 'string' ? URL.parse(candidate) : null;
    if (url) return url.host || url.protocol.slice(0, -1);
  }
  return client.clientId;
}
