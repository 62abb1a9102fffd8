/**
 * One invitation of one account, as pure functions.
 *
 *     open → password-done → spent
 *     open | password-done → cancelled
 *
 * Who holds the link holds it: mail is read by others. So opening it spends nothing and tells a user name only; the
 * password step binds it to one browser, and only that browser sees code and QR and confirms the device. Another
 * browser with the same link has to give the password that the first one set. One that a person began by a recovery
 * code or in a first-device window is its browser's alone.
 */
export interface Invitation {
  readonly v: 1;
  readonly account: string;
  /** Revoke the account's other devices when the new one is confirmed. */
  readonly replaces: boolean;
  /** Epoch ms on the store's clock. */
  readonly expiresAt: number;
  readonly state: 'open' | 'password-done' | 'spent' | 'cancelled';
  /** SHA-256 of the cookie of the browser that did the password step. */
  readonly browser?: string;
  /** The enrolment its page shows now. */
  readonly enrolment?: string;
  /** Begun by the person in the middle of a sign-in, in the one browser it is bound to from the start. */
  readonly begun?: Begun;
}

export interface Begun {
  /** What stood in for an old device's approval. */
  readonly by: 'recovery-code' | 'first-device-window';
  /** The interaction to go on with. */
  readonly interaction: string;
  /** Epoch seconds: a sign-out everywhere, a new password or "secure my account" after this ends it. */
  readonly at: number;
}

/** The browser that did the password step, and what its page shows. */
export interface Bound {
  readonly browser: string;
  readonly enrolment: string;
}

const isOver = ({ state }: Invitation) => state === 'spent' || state === 'cancelled';

/** The password step was done in a browser: it is that browser's from now on. */
export function bind(invitation: Invitation, to: Bound): Invitation | undefined {
  if (isOver(invitation) || (invitation.begun && invitation.browser !== undefined)) return undefined;
  return { ...invitation, ...to, state: 'password-done' };
}

/** The bound browser shows another enrolment, because the one before ran out or was refused. */
export function renew(invitation: Invitation, to: Bound): Invitation | undefined {
  if (invitation.state !== 'password-done' || invitation.browser !== to.browser) return undefined;
  return { ...invitation, enrolment: to.enrolment };
}

/** Right before the device is bound. Again for the same browser and enrolment, since a crash may lie between the two. */
export function spend(invitation: Invitation, by: Bound): Invitation | undefined {
  if (invitation.browser !== by.browser || invitation.enrolment !== by.enrolment) return undefined;
  if (invitation.state === 'spent') return invitation;
  return invitation.state === 'password-done' ? { ...invitation, state: 'spent' } : undefined;
}

/** The device could not be bound after all. */
export function giveBack(invitation: Invitation, by: Bound): Invitation | undefined {
  if (invitation.state !== 'spent' || invitation.enrolment !== by.enrolment) return undefined;
  return { ...invitation, state: 'password-done' };
}

export function cancel(invitation: Invitation): Invitation | undefined {
  return isOver(invitation) ? undefined : { ...invitation, state: 'cancelled' };
}
