/**
 * What keeps secrets out of the log (R49): fields that are secret by name, at any depth, and texts that are secret by
 * shape. A second line of defence, since nothing should hand a secret to the logger in the first place.
 */
const REDACTED = '[redacted]';

/** Compared without case, `-` and `_`. */
const SECRET_FIELDS = new Set(
  `password passwordhash newpassword currentpassword secret clientsecret number numbers qr code usercode devicecode
   enrolmentcode recoverycode codeverifier pin otp token accesstoken refreshtoken idtoken idtokenhint logouttoken
   registrationaccesstoken assertion clientassertion request cookie cookies setcookie authorization dpop proof signature
   jws jwt endpoint subscription p256dh auth keys privatekey private jwk d salt body form invitation link`
    .split(/\s+/)
    .filter(Boolean),
);

/** Each runs in linear time: what is logged may be an attacker's. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  // JWS and JWE, argon2 hashes, PEM private keys, `user:password@` in a URL, credentials of an Authorization header
  [/(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){2,4}/g, REDACTED],
  [/\$argon2(?:id|i|d)\$[^\s"']+/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/(:\/\/)[^/\s@:]*:[^/\s@]*@/g, `$1${REDACTED}@`],
  [/\b(Basic|Bearer|DPoP)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  // the one secret that travels in a path: an invitation's
  [/(\/invitation\/)[\w-]{8,}/g, `$1${REDACTED}`],
  // a query, fragment or form field with a secret's name; push endpoints, whose path is the secret
  [
    /([?&#;\s"']|^)((?:[\w-]*(?:token|secret|password|code|assertion|hint|verifier|request)|number|qr|otp|pin)=)[^&#\s"';]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/(https:\/\/(?:[\w-]+\.)*(?:googleapis|google|mozilla|apple|windows)\.com\/)[^\s"']+/gi, `$1${REDACTED}`],
];

/** A copy of `value` that can be logged. Functions and symbols are dropped; depth and size are bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (depth > 8) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  if (value instanceof URL) return redactText(value.href);
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      field,
      isSecretField(field) ? REDACTED : redact(inner, depth + 1),
    ]),
  );
}

export function redactText(text: string): string {
  let clean = text.length > 8192 ? `${text.slice(0, 8192)}…` : text;
  for (const [shape, replacement] of SECRET_SHAPES) clean = clean.replace(shape, replacement);
  return clean;
}

function isSecretField(field: string): boolean {
  return SECRET_FIELDS.has(field.toLowerCase().replaceAll(/[-_]/g, ''));
}

/** Errors carry whatever a library hung on them (requests, headers, commands): only these parts are logged. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    // `ECONNREFUSED`, `store_unavailable`: an authorization code does not look like that
    ...(typeof code === 'string' && /^(?:[A-Z][A-Z_]{2,40}|[a-z][a-z_]{2,40})$/.test(code) ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
