import type { Audit } from '../audit/audit.ts';
import type { Enrolment } from '../devices/enrolment.ts';
import type { Enrolments } from '../devices/enrolments.ts';
import type { OpenedInvitation } from './invitations.ts';

/** The enrolments whose link and code an invitation's page shows, one after the other. */
export interface InvitationCodes {
  /** The one the page shows now. */
  shown(opened: OpenedInvitation): Promise<Enrolment | undefined>;
  open(opened: OpenedInvitation, requestId: string): Promise<Enrolment>;
  /** Ends an enrolment that no page shows any more. */
  drop(account: string, enrolment: string | undefined): Promise<void>;
}

export function createInvitationCodes(enrolments: Enrolments, audit: Audit): InvitationCodes {
  return {
    async shown({ account, enrolment }) {
      return enrolment === undefined ? undefined : enrolments.find(account.sub, enrolment);
    },

    async open({ account, replaces }, requestId) {
      const { sub, userName } = account;
      const opened = await enrolments.open({ account: sub, userName, approval: 'none', replace: replaces });
      audit.record(
        { type: 'device.enrolment_opened', account: sub, enrolment: opened.id, by: 'self' },
        { requestId },
      );
      return opened;
    },

    async drop(account, enrolment) {
      if (enrolment !== undefined && (await enrolments.find(account, enrolment))) {
        await enrolments.cancel(account, enrolment);
      }
    },
  };
}
