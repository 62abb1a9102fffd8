import { origin } from '../../options/addresses.ts';
import { choice, duration, list, path, textOf } from '../../options/kinds.ts';
import { section, standard } from '../../options/option.ts';

const AAGUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const model = () =>
  textOf('AAGUID', 'an AAGUID such as d8522d9f-575b-4866-88a9-ba99fa02f35b, in lower case', (value) =>
    AAGUID.test(value),
  );

export const passkeys = section('Passkeys people sign in with, and which of them may be made.', {
  attestation: standard(
    choice('none', 'preferred', 'required'),
    'none',
    'Whether an authenticator has to prove its model when a passkey is made: not asked, asked, or refused without a proof that leads to one of `passkeys.roots`.',
  ),
  roots: standard(
    list(path()),
    [],
    'PEM files of attestation roots; a passkey proved by one of them, and not synced, reaches `phrh`.',
  ),
  allowedModels: standard(
    list(model()),
    [],
    'Authenticator models (AAGUID) a passkey may be made with, any if none is named; a claim of the authenticator unless attestation is `required`.',
  ),
  relatedOrigins: standard(
    list(origin(), 0, 20),
    [],
    'Further origins this server is reached by; their pages may use its passkeys, and browsers are told so at `/.well-known/webauthn`.',
  ),
  offerAgain: standard(
    duration('1d', '400d'),
    '30d',
    'Time after a "not now" before the same browser is offered a passkey again.',
  ),
});
