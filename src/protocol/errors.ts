/**
 * Every error the device API answers with: a closed, stable set. `status` is the HTTP status, the sentence is
 * `error_description`. `docs/device-protocol.md` prints the same table and a test compares them.
 */
export const DEVICE_ERRORS = {
  invalid_request: { status: 400, text: 'The request is not of the documented form.' },
  invalid_key: { status: 400, text: 'The key is not a usable P-256 or Ed25519 public key.' },
  invalid_subscription: { status: 400, text: 'The push subscription is not acceptable.' },
  invalid_answer: { status: 400, text: 'The signed answer does not belong to this request.' },
  invalid_credential: { status: 400, text: 'The new approval credential is not acceptable.' },
  invalid_assertion: { status: 400, text: 'The assertion does not belong to this answer and device.' },
  invalid_proof: { status: 401, text: 'The signed proof is missing or does not fit this call.' },
  device_unknown: { status: 401, text: 'The server does not know this device.' },
  use_dpop_nonce: { status: 401, text: 'Sign again with the nonce from the DPoP-Nonce header.' },
  clock_skew: { status: 401, text: 'The proof was signed more than 5 minutes away from server_time.' },
  proof_replayed: { status: 401, text: 'This proof was used before.' },
  device_revoked: { status: 403, text: 'This device was removed.' },
  device_pending: { status: 403, text: 'This device was not confirmed yet.' },
  wrong_device: { status: 403, text: 'This device may not answer this request.' },
  assertion_required: {
    status: 403,
    text: 'An approval by this device needs an assertion by its credential.',
  },
  not_found: { status: 404, text: 'There is no such thing here.' },
  enrolment_not_found: { status: 404, text: 'The link or code is not valid.' },
  challenge_not_found: { status: 404, text: 'There is no such request for this device.' },
  method_not_allowed: { status: 405, text: 'This address does not take this method.' },
  enrolment_used: { status: 409, text: 'The link or code was used already.' },
  key_in_use: { status: 409, text: 'This key is enrolled already.' },
  credential_exists: { status: 409, text: 'This device has an approval credential already.' },
  too_many_devices: { status: 409, text: 'This account has as many devices as it may have.' },
  challenge_decided: { status: 409, text: 'This request was answered already.' },
  challenge_failed: { status: 409, text: 'Too many wrong numbers: this request is over.' },
  challenge_expired: { status: 410, text: 'This request has expired.' },
  challenge_superseded: { status: 410, text: 'A newer request took the place of this one.' },
  enrolment_expired: { status: 410, text: 'The link or code has expired.' },
  payload_too_large: { status: 413, text: 'The body is larger than 16 KB.' },
  unsupported_media_type: { status: 415, text: 'This address takes another content type.' },
  wrong_number: { status: 422, text: 'This is not the number shown in the browser.' },
  too_many_requests: { status: 429, text: 'Too many attempts; wait for retry_after seconds.' },
  server_error: { status: 500, text: 'Something went wrong on the server.' },
  store_unavailable: { status: 503, text: 'The server cannot answer now; try again.' },
} as const;

export type DeviceErrorCode = keyof typeof DEVICE_ERRORS;

export function isDeviceErrorCode(code: string): code is DeviceErrorCode {
  return Object.hasOwn(DEVICE_ERRORS, code);
}
