import { z } from 'zod';
import { SIGNING_ALGORITHMS } from '../../clients/shape.ts';
import { choice, duration, flag, list, textOf } from '../../options/kinds.ts';
import { optional, records, required, section, standard } from '../../options/option.ts';

export const keys = section('Keys that sign tokens.', {
  rotateEvery: standard(duration('1d', '365d'), '90d', 'Age at which a signing key is replaced.'),
  publishAhead: standard(
    duration('10min', '7d'),
    '24h',
    'Time a key is published before it signs, so that apps have fetched it.',
  ),
  keepVerifying: standard(duration('1d', '400d'), '90d', 'Time a retired key still verifies.'),
  algorithms: standard(
    list(choice(...SIGNING_ALGORITHMS), 1),
    [...SIGNING_ALGORITHMS],
    'Algorithms tokens can be signed with; RS256 has to be among them.',
  ),
});

export const tokens = section('How long what apps are given lives.', {
  accessTokenTtl: standard(duration('1min', '24h'), '1h', 'Life of an opaque access token.'),
  jwtAccessTokenTtl: standard(
    duration('30s', '15min'),
    '5min',
    'Life of a JWT access token, which no sign-out can end earlier.',
  ),
  idTokenTtl: standard(duration('1min', '24h'), '1h', 'Life of an ID token.'),
  refreshFamily: standard(
    duration('1h', '30d'),
    '30d',
    'Time after which a refresh token and all that came from it end.',
  ),
  authorizationCodeTtl: standard(duration('10s', '60s'), '60s', 'Life of an authorization code.'),
  deviceCodeTtl: standard(duration('1min', '30min'), '10min', 'Life of a device code (RFC 8628).'),
  parTtl: standard(duration('5s', '600s'), '60s', 'Life of a pushed authorization request (RFC 9126).'),
});

export const features = section('What apps may use besides the code flow.', {
  requestObjects: standard(flag(), false, 'Signed request objects (RFC 9101).'),
  deviceFlow: standard(flag(), true, 'Sign-in of devices without a browser (RFC 8628).'),
});

const indicator = () =>
  textOf(
    'URI',
    'an absolute URI without a fragment (RFC 8707 section 2)',
    (value) =>
      value.length <= 2_048 && /^[\x21-\x7e]+$/.test(value) && URL.canParse(value) && !value.includes('#'),
  );

const scope = () =>
  textOf('scope', 'a scope token (RFC 6749 section 3.3)', (value) =>
    /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(value),
  );

export const resources = records(
  z.strictObject({
    indicator: required(indicator(), 'What an app sends as `resource` (RFC 8707).'),
    scopes: standard(list(scope()), [], 'Scopes of this resource.'),
    audience: optional(indicator(), '`aud` of its access tokens.', { standard: 'the indicator' }),
    accessTokenFormat: standard(
      choice('opaque', 'jwt'),
      'opaque',
      'Format of its access tokens; `opaque` ones end at once when a person signs out everywhere.',
    ),
  }),
  [],
  'Interfaces that access tokens are issued for.',
);
