import type { Audit } from '../audit/audit.ts';
import type { Enrolments } from '../devices/enrolments.ts';
import { epochSeconds } from '../session/epoch-seconds.ts';
import type { Account } from './account.ts';
import type { Begun } from './invitation.ts';
import { createInvitationCodes } from './invitation-codes.ts';
import { newInvitationCookie } from './invitation-cookie.ts';
import type { Invitations } from './invitations.ts';

export interface BeginInvitationDependencies {
  readonly invitations: Invitations;
  readonly enrolments: Enrolments;
  readonly audit: Audit;
  readonly issuer: string;
}

export type BeginInvitation = ReturnType<typeof createBeginInvitation>;

/**
 * Leads a person in the middle of a sign-in to the pages of an invitation, past its password step: they have just done
 * that, and something more. It is bound to this browser from its first moment.
 */
export function createBeginInvitation(deps: BeginInvitationDependencies) {
  const { invitations, enrolments, audit, issuer } = deps;
  const codes = createInvitationCodes(enrolments, audit);

  /** @returns where to send the browser, and the cookie (a `Set-Cookie` value) it needs there. */
  return async (
    account: Account,
    begun: Omit<Begun, 'at'> & { readonly replaces: boolean; readonly reason: string },
    requestId: string,
  ): Promise<{ readonly path: string; readonly cookie: string }> => {
    const { by, interaction, replaces, reason } = begun;
    const { secret } = await invitations.create(account, {
      by: 'self',
      replaces,
      reason,
      begun: { by, interaction, at: epochSeconds() },
    });
    const opened = await invitations.open(secret);
    if (!opened) throw new Error('the account ended meanwhile');
    const enrolment = await codes.open(opened, requestId);
    const { header, hash } = newInvitationCookie(issuer);
    await invitations.bind(opened.id, { browser: hash, enrolment: enrolment.id });
    return { path: `/invitation/${secret}`, cookie: header };
  };
}
