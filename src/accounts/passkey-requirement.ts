import { ACCOUNT_CLIENT_ID } from '../clients/reserved.ts';
import type { Account } from './account.ts';

/** From when on people of these groups, at these apps, sign in by a passkey only; an empty list means all. */
export interface PasskeyRequirement {
  readonly groups: readonly string[];
  readonly clients: readonly string[];
  /** Epoch ms. */
  readonly from: number;
  /** How long ahead people are told, ms. */
  readonly announceMs: number;
}

export interface AnnouncedRequirement {
  /** Epoch ms. */
  readonly from: number;
  /** Client ids; empty for all. */
  readonly clients: readonly string[];
}

type Person = Pick<Account, 'groups'>;

const isOf = ({ groups }: PasskeyRequirement, person: Person): boolean =>
  groups.length === 0 || groups.some((group) => person.groups?.includes(group));

/**
 * Whether a passkey is required of a person at an app. Never at their own pages: there they make one.
 *
 * @param now epoch ms
 */
export function isPasskeyRequired(
  requirements: readonly PasskeyRequirement[],
  person: Person,
  clientId: string,
  now: number,
): boolean {
  if (clientId === ACCOUNT_CLIENT_ID) return false;
  return requirements.some(
    (one) =>
      now >= one.from && isOf(one, person) && (one.clients.length === 0 || one.clients.includes(clientId)),
  );
}

/** What a person without a passkey is to be told at `now`: the first requirement that is near or holds already. */
export function announcedPasskeys(
  requirements: readonly PasskeyRequirement[],
  person: Person,
  now: number,
): AnnouncedRequirement | undefined {
  const [first] = requirements
    .filter((one) => now >= one.from - one.announceMs && isOf(one, person))
    .sort((a, b) => a.from - b.from);
  return first && { from: first.from, clients: first.clients };
}
