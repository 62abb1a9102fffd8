import { atLeast, type Proof } from '../risk/proof.ts';

/**
 * What an interaction chain has proved so far. It is the chain's `result` in oidc-provider's sense: kept on the
 * server, carried from prompt to prompt as `lastSubmission`, dead with the interaction.
 */
export interface ChainResult {
  /** SHA-256 of the `browser` cookie: checked at `continue` and before every resume (R30, F21). */
  readonly browser: string;
  /** A right password. Not a login: no session is written for it (R56). `at` in epoch seconds. */
  readonly password?: {
    readonly accountId: string;
    readonly at: number;
    /** What policy wants besides; absent = `push`. */
    readonly needs?: Proof;
  };
  /** A request was sent again, or a session asked for more, and policy wants this for it. */
  readonly stepUp?: { readonly needs: Proof };
  readonly push?: { readonly challenge: string };
  /** `alone`: without a password before it, at the first prompt. */
  readonly passkey?: { readonly credential: string; readonly alone: boolean };
  readonly login?: {
    readonly accountId: string;
    readonly acr: string;
    readonly amr: readonly string[];
    readonly ts: number;
  } | null;
  readonly consent?: { readonly grantId: string };
  readonly error?: string;
  readonly error_description?: string;
}

/** What policy wants of a chain by now: it may have been asked again since the password. `undefined` = not yet asked. */
export function neededBy(result: ChainResult | undefined): Proof | undefined {
  const { password, stepUp } = result ?? {};
  return stepUp ? atLeast(stepUp.needs, password?.needs ?? 'none') : password?.needs;
}

/** Whether the person signed in, rather than stepped up in a session. */
export const provedAnew = ({ password, passkey }: ChainResult): boolean =>
  password !== undefined || (passkey?.alone ?? false);

/** A password proof as a policy check or a page may use it, or `undefined` when it is too old or was overtaken. */
export function freshPassword(
  result: ChainResult | undefined,
  when: {
    readonly now: number;
    readonly lifeS: number;
    /** Of the account: signed out everywhere, and when its password was last changed. Epoch seconds. */
    readonly notBefore: number;
    readonly passwordChangedAt: number | null;
  },
): ChainResult['password'] | undefined {
  const proof = result?.password;
  if (!proof || when.now - proof.at >= when.lifeS || proof.at <= when.notBefore) return undefined;
  // An old password proves nothing any more.
  return proof.at < (when.passwordChangedAt ?? 0) ? undefined : proof;
}

/** For the app: nothing this person has could meet what is asked for (R48). */
export const UNMET = {
  error: 'unmet_authentication_requirements',
  error_description: 'this person has no credential of the assurance asked for',
} as const;
