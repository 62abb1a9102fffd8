import type { IDToken } from 'openid-client';

/** One claim of a token as the page lists it. */
export interface ShownClaim {
  readonly name: string;
  readonly value: string;
  /** What it says, in words. */
  readonly meaning?: string;
}

const ACR_WORDS: Readonly<Record<string, string>> = {
  'urn:countersign:acr:pwd': 'a password',
  'urn:countersign:acr:push': 'a password, and an approval on an enrolled device',
  phr: 'a passkey, which cannot be phished',
  phrh: 'a passkey bound to its hardware',
};

const AMR_WORDS: Readonly<Record<string, string>> = {
  pwd: 'a password',
  swk: 'a key kept by software on the device',
  hwk: 'a key kept by hardware',
  mca: 'more than one channel: browser and device',
  mfa: 'more than one factor',
  user: 'the device knew its owner',
  pop: 'proof of having a key',
};

const MEANINGS: Readonly<Record<string, string>> = {
  iss: 'who says it: Countersign',
  sub: 'who you are, by an identifier that never changes',
  aud: 'whom it is for: this app',
  nonce: 'this app made it up for this one sign-in',
  sid: 'your session at Countersign',
  at_hash: 'ties the access token to this token',
};

/** The three claims that tell how somebody signed in, in one sentence. */
export function howSignedIn(claims: IDToken, nowMs: number): string {
  const how = ACR_WORDS[String(claims.acr)] ?? 'means this app does not know';
  const when = claims.auth_time;
  return `You proved who you are with ${how}${when === undefined ? '' : `, ${ago(nowMs / 1000 - when)}`}.`;
}

/** Every claim of an ID token; the three about the sign-in first. */
export function shownClaims(claims: Readonly<Record<string, unknown>>): ShownClaim[] {
  const first = ['acr', 'amr', 'auth_time', 'sub'];
  const names = [
    ...first.filter((name) => name in claims),
    ...Object.keys(claims).filter((n) => !first.includes(n)),
  ];
  return names.map((name) => {
    const value = claims[name];
    const meaning = meaningOf(name, value);
    return {
      name,
      value: typeof value === 'string' ? value : JSON.stringify(value),
      ...(meaning ? { meaning } : {}),
    };
  });
}

function meaningOf(name: string, value: unknown): string | undefined {
  if (name === 'acr') return ACR_WORDS[String(value)];
  if (name === 'amr' && Array.isArray(value))
    return value.map((one) => AMR_WORDS[one] ?? String(one)).join('; ');
  if (typeof value === 'number' && ['auth_time', 'iat', 'exp', 'updated_at'].includes(name)) {
    const time = new Date(value * 1000).toISOString().replace('T', ' ').slice(0, 19);
    const what = { auth_time: 'proved at', iat: 'made at', exp: 'good until' }[name] ?? 'at';
    return `${what} ${time} UTC`;
  }
  return MEANINGS[name];
}

function ago(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 2) return 'just now';
  if (whole < 120) return `${whole} seconds ago`;
  if (whole < 7_200) return `${Math.round(whole / 60)} minutes ago`;
  return `${Math.round(whole / 3_600)} hours ago`;
}

/** The standard errors of an authorization response that a person can bring about (RFC 6749 section 4.1.2.1, OIDC Core 3.1.2.6). */
export const ERROR_WORDS: Readonly<Record<string, string>> = {
  access_denied: 'You did not sign in, or did not allow access. Nothing was shared with this app.',
  login_required: 'Countersign wanted to ask you to sign in, and this app did not let it.',
  interaction_required: 'Countersign wanted to ask you something, and this app did not let it.',
  unmet_authentication_requirements: 'This app asks for a stronger proof than you have set up.',
  temporarily_unavailable: 'Countersign is busy. Please try again in a moment.',
  server_error: 'Something went wrong at Countersign. Please try again.',
};
