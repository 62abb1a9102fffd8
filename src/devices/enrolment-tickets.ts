import { tryNormaliseName } from '../accounts/names.ts';
import { normaliseCrockford } from '../protocol/crockford.ts';
import { CODE_CHARACTERS, type EnrolmentClaims } from '../protocol/enrolment.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/port.ts';
import { DeviceError } from './device-error.ts';
import type { Enrolment } from './enrolment.ts';
import { equalText } from './equal-text.ts';

/** Typed codes tried for one user name in the life of a code, right or wrong: 40 bits need a bound (R26). */
const CODE_ATTEMPTS = 10;
/** Stands for a name nobody can have, an account that is not there, a code that is none. */
const NOBODY = '-';

/** What goes into the link and the QR: id and secret. */
export function linkSecret(enrolment: Pick<Enrolment, 'id' | 'secret'>): string {
  return `${enrolment.id}.${enrolment.secret}`;
}

export interface TicketOptions {
  readonly store: Store;
  /** Of a link and code, ms. */
  readonly lifeMs: number;
  /** Reads a user name as the sign-in page does; `undefined` = nobody. */
  readonly accountByName: (userName: string) => Promise<{ readonly sub: string } | undefined>;
  readonly byId: (id: string) => Promise<Enrolment | undefined>;
}

/**
 * Finds the enrolment that a link's secret, or a typed code beside a user name, belongs to.
 *
 * @throws (from the returned function) DeviceError `enrolment_not_found`, `too_many_requests`.
 */
export function createTickets(options: TicketOptions): (claims: EnrolmentClaims) => Promise<Enrolment> {
  const { store, lifeMs, accountByName, byId } = options;

  async function bySecret(ticket: string): Promise<Enrolment | undefined> {
    const [id = '', secret = ''] = ticket.split('.', 2);
    const enrolment = await byId(id);
    return enrolment && equalText(enrolment.secret, secret) ? enrolment : undefined;
  }

  async function byCode(typed: string, userName: string): Promise<Enrolment | undefined> {
    // Counted by the name, so that names that exist and names that do not look alike; in the one form the account is
    // found by, since every other spelling (a domain takes invisible characters) would have tries of its own.
    const subject = tryNormaliseName(userName) ?? NOBODY;
    const { count, resetsAt } = await store.count(keys.limit('enrolment-code', subject), {
      windowMs: lifeMs,
    });
    if (count > CODE_ATTEMPTS) {
      const retry_after = Math.max(1, Math.ceil((resetsAt - (await store.now())) / 1000));
      throw new DeviceError('too_many_requests', { details: { retry_after } });
    }
    const code = normaliseCrockford(typed, CODE_CHARACTERS);
    const account = await accountByName(userName);
    // Looked up for nobody too: the same store calls (R42).
    const found = await store.get<{ enrolment: string }>(
      keys.enrolmentCode(account?.sub ?? NOBODY, code ?? NOBODY),
    );
    if (!code || !account) return undefined;
    const enrolment = found && !found.dead ? await byId(found.value.enrolment) : undefined;
    return enrolment?.account === account.sub ? enrolment : undefined;
  }

  return async (claims) => {
    const enrolment =
      'secret' in claims ? await bySecret(claims.secret) : await byCode(claims.code, claims.user_name);
    if (!enrolment) throw new DeviceError('enrolment_not_found');
    return enrolment;
  };
}
