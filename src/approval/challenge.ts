import type { Purpose, SignedContext } from '../protocol/context.ts';
import type { Proof } from '../risk/proof.ts';
import type { Withheld } from './open-challenges.ts';

export type ChallengeState =
  | 'pending'
  | 'approved'
  | 'denied'
  | 'reported'
  | 'failed'
  | 'expired'
  | 'superseded'
  | 'consumed';

/** The proofs a device can give by an approval. */
export type ApprovalProof = Extract<Proof, 'push-short' | 'push' | 'push-verified'>;

/** Whether only a verified person's approval counts. */
export const needsVerifiedPerson = ({ proof }: Pick<Challenge, 'proof'>): boolean =>
  proof === 'push-verified';

export type ReceiptStep = 'sent' | 'delivered' | 'opened' | 'answered';

/** A record of another version was written by another release: it is void, never approved by default (F26). */
export function readChallenge(
  record: { readonly value?: unknown; readonly dead?: boolean } | undefined,
): Challenge | undefined {
  const value = record?.dead ? undefined : (record?.value as Challenge | undefined);
  return value?.v === 1 ? value : undefined;
}

/**
 * The answered challenge that a wake brought along: to be shown without asking the store, never to be acted upon.
 *
 * @param written unchecked.
 * @returns `undefined` where the store has to be asked: only an answer says at which time the record was true.
 */
export function decidedIn(
  written: unknown,
  chain: string,
): { challenge: Challenge; state: ChallengeState; now: number } | undefined {
  const challenge = readChallenge({ value: written });
  if (challenge?.chain !== chain || !challenge.answer || !ANSWERED.has(challenge.state)) return undefined;
  return { challenge, state: challenge.state, now: challenge.answer.at };
}

const ANSWERED: ReadonlySet<ChallengeState> = new Set(['approved', 'denied', 'reported']);

/** One request for an approval, stored under `keys.challenge(chain)`; a newer attempt of the chain replaces it. */
export interface Challenge {
  readonly v: 1;
  /** 256 random bits and the chain: `<random>.<chain>` (see `challengeId`). */
  readonly id: string;
  readonly chain: string;
  readonly account: string;
  /** SHA-256 of the `browser` cookie of the browser that asked (R6, R30). */
  readonly browser: string;
  /** Whether that browser is known to the account: decides what its page may tell. */
  readonly known: boolean;
  readonly client: { readonly id: string; readonly name: string };
  readonly purpose: Purpose;
  /** What an approval of it proves; of older records `push`. */
  readonly proof?: ApprovalProof;
  /** Digits shown in the browser; never sent to a device (R3). */
  readonly number: string;
  /** 128-bit secret of the QR on the waiting page, base64url; stands in for the number. */
  readonly qr: string;
  readonly context: SignedContext;
  /** Address of the browser that asked; absent in records of an older release. */
  readonly from?: string;
  /** base64url, 128 bits, echoed in the signed answer (R17). */
  readonly nonce: string;
  /** Devices it was offered to; only these may answer. Empty = a silent challenge that looks like any other. */
  readonly devices: readonly {
    readonly id: string;
    readonly name: string;
    readonly step: ReceiptStep | null;
  }[];
  /** Whether devices list it (a challenge past the limits exists only for the page's sake). */
  readonly listed: boolean;
  /** Why not. A known browser may be told; no other (R42). */
  readonly withheld?: Withheld;
  /** Epoch ms on the store's clock. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly state: ChallengeState;
  /** Wrong numbers so far. */
  readonly wrong: number;
  readonly answer?: { readonly device: string; readonly at: number; readonly userVerified: boolean };
  /** The interaction chain step that consumed it: the same one may ask again and hears the same (idempotent). */
  readonly consumedBy?: string;
}
