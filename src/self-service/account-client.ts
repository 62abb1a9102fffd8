import { z } from 'zod';
import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import { type ClientSettings, clientShape } from '../clients/shape.ts';

/** Where a person's own pages are; fixed, so that nobody's cookie or redirect can be led elsewhere. */
export const ACCOUNT_PATH = '/account';
export const CALLBACK_PATH = `${ACCOUNT_PATH}/callback`;
/** What devices and pages call it. */
export const ACCOUNT_APP_NAME = 'Your account';

/**
 * A person's own pages as the OpenID Connect client they are: code with PKCE, without a secret, since the code is
 * redeemed by the very server that gave it.
 *
 * @param floor least proof a sign-in to them needs.
 */
export function accountClient(issuer: string, floor: ClientSettings['floor']): ClientSettings {
  // By the options alone: the rules between them would refuse the reserved id.
  return z.strictObject(clientShape).parse({
    clientId: ACCOUNT_CLIENT_ID,
    name: ACCOUNT_APP_NAME,
    redirectUris: [new URL(CALLBACK_PATH, issuer).href],
    tokenEndpointAuthMethod: 'none',
    scopes: ['openid'],
    firstParty: true,
    floor,
    // Where factors are changed, a remembered browser stands for nothing.
    proof: 'push',
  });
}
