import type { Account } from '../accounts/account.ts';
import { createInvitations, type Invitations } from '../accounts/invitations.ts';
import type { Services } from '../services.ts';
import { time } from './output.ts';

export interface MadeInvitation {
  /** The only place where its secret is. */
  readonly link: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export function invitationsOf({ store, accounts, audit }: Services): Invitations {
  return createInvitations({ store, accounts, audit });
}

/** Makes the account's one valid invitation. */
export async function invite(
  services: Services,
  account: Account,
  replaces = false,
  reason?: string,
): Promise<MadeInvitation> {
  const { secret, expiresAt } = await invitationsOf(services).create(account, {
    by: 'cli',
    replaces,
    ...(reason === undefined ? {} : { reason }),
  });
  return { link: `${services.config.issuer.replace(/\/$/, '')}/invitation/${secret}`, expiresAt };
}

export function invitationText(account: Account, { link, expiresAt }: MadeInvitation): string {
  return `Invitation for ${account.userName}, good once and until ${time(expiresAt)}:\n\n  ${link}\n\nWho opens it sets up the account: hand it over in private.`;
}
