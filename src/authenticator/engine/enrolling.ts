import type { EnrolmentTicket } from '../../protocol/enrolment.ts';
import { parseEnrolmentLink } from '../../protocol/enrolment-link.ts';

/** Where adding an account stands. */
export type Enrolling =
  /** Nothing to go by yet: scan, or type the code. */
  | {
      readonly step: 'ticket';
      readonly scanning: boolean;
      readonly problem?: TicketProblem | undefined;
    }
  /** There is a link or a code; the device wants a name. */
  | {
      readonly step: 'name';
      readonly ticket: EnrolmentTicket;
      readonly name: string;
      readonly sending: boolean;
    }
  | { readonly step: 'refused'; readonly why: RefusedWhy }
  /** The link is spent; this phone has a lock of its own, which can guard each approval. */
  | {
      readonly step: 'lock';
      readonly account: string;
      readonly doing: boolean;
      readonly failed: boolean;
    }
  /** The link is spent: the browser shows the fingerprint and asks. */
  | { readonly step: 'confirm'; readonly account: string }
  | { readonly step: 'done'; readonly account: string }
  | { readonly step: 'not-confirmed'; readonly why: 'cancelled' | 'expired' };

export type TicketProblem = 'no-link' | 'no-code' | 'no-name' | 'no-camera';

export type RefusedWhy =
  | 'used'
  | 'expired'
  | 'not-found'
  | 'too-many-devices'
  | 'too-many-tries'
  | 'other-server'
  | 'unreachable'
  | 'no-keys'
  | 'other';

const REFUSALS: Readonly<Record<string, RefusedWhy>> = {
  enrolment_used: 'used',
  key_in_use: 'used',
  enrolment_expired: 'expired',
  enrolment_not_found: 'not-found',
  too_many_devices: 'too-many-devices',
  too_many_requests: 'too-many-tries',
  store_unavailable: 'unreachable',
  server_error: 'unreachable',
  bad_response: 'unreachable',
  unreachable: 'unreachable',
};

/** What an error of the enrolment means to the person. */
export function refusedWhy(code: string): RefusedWhy {
  return REFUSALS[code] ?? 'other';
}

/** A link this app may use: it can reach its own server only. */
export function readLink(
  text: string,
  issuer: string,
): { readonly ticket: EnrolmentTicket } | { readonly problem: 'no-link' | 'other-server' } {
  const link = parseEnrolmentLink(text);
  if (!link) return { problem: 'no-link' };
  return sameIssuer(link.issuer, issuer) ? { ticket: { secret: link.secret } } : { problem: 'other-server' };
}

function sameIssuer(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '');
}
