/**
 * One person. `sub` is random and never reused; user name and every e-mail are unique sign-in names after
 * normalisation (`names.ts`).
 */
export interface Account {
  readonly v: 1;
  readonly sub: string;
  /** As the person writes it; unique after normalisation. */
  readonly userName: string;
  readonly emails: readonly { readonly address: string; readonly verified: boolean }[];
  /** PHC string of argon2id, or `null` until the person has set one by an invitation. */
  readonly passwordHash: string | null;
  /** Epoch seconds. */
  readonly passwordChangedAt: number | null;
  /**
   * Epoch seconds since when somebody else is known to have the password: the next sign-in that a device has a word in
   * ends with a new one, and the password alone opens nothing. Absent or `null`: nothing of the kind.
   */
  readonly passwordKnownSince?: number | null;
  readonly disabled: boolean;
  /** What an admin counts the person among, for policy; shown to no app. */
  readonly groups?: readonly string[];
  /** Epoch seconds: until then the first device may be added at a sign-in by password; an admin opens such a window. */
  readonly firstDeviceUntil?: number | null;
  /** Epoch seconds: sessions, grants and password proofs not newer than this are dead. 0 = never signed out everywhere. */
  readonly notBefore: number;
  /** Epoch seconds. */
  readonly createdAt: number;
  /** Epoch seconds; becomes the `updated_at` claim. */
  readonly updatedAt: number;
  /** OpenID Connect Core 1.0 section 5.1, without `sub`, `email*` and `updated_at`, which are derived. */
  readonly profile: Profile;
}

export interface Profile {
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly middle_name?: string;
  readonly nickname?: string;
  readonly preferred_username?: string;
  readonly profile?: string;
  readonly picture?: string;
  readonly website?: string;
  readonly gender?: string;
  readonly birthdate?: string;
  readonly zoneinfo?: string;
  readonly locale?: string;
  readonly phone_number?: string;
  readonly phone_number_verified?: boolean;
  readonly address?: {
    readonly formatted?: string;
    readonly street_address?: string;
    readonly locality?: string;
    readonly region?: string;
    readonly postal_code?: string;
    readonly country?: string;
  };
}
