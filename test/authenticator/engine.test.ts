import { expect } from 'chai';
import { ownWord } from '../../src/authenticator/engine/answering.ts';
import { deviceName } from '../../src/authenticator/engine/device-name.ts';
import { endedAs, refusedAs } from '../../src/authenticator/engine/ending.ts';
import { readLink, refusedWhy } from '../../src/authenticator/engine/enrolling.ts';
import { backOffMs, failureOf } from '../../src/authenticator/engine/failures.ts';
import { lostBy } from '../../src/authenticator/engine/lost-keys.ts';
import { cutOut, spotOf } from '../../src/authenticator/screens/place-map.ts';
import { DeviceApiError } from '../../src/protocol/device-api-error.ts';
import { deviceNameSchema } from '../../src/protocol/enrolment.ts';
import { enrolmentLink } from '../../src/protocol/enrolment-link.ts';
import { DEVICE_ERRORS } from '../../src/protocol/errors.ts';

describe('the name a phone proposes', () => {
  const UAS: readonly (readonly [string, string])[] = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
      'Chrome on Linux',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    ['', 'My phone'],
  ];

  it('is the browser on its system, or the model where it is told', () => {
    for (const [userAgent, name] of UAS) {
      expect(deviceName({ userAgent })).to.equal(name);
      expect(deviceName({ userAgent, model: 'Pixel 9' })).to.equal('Pixel 9');
      expect(deviceName({ userAgent, model: '' })).to.equal(name);
    }
  });

  it('is one that the server takes, whatever the model says', () => {
    for (const model of ['x'.repeat(200), '\u202e\u0000', 'a\nb'])
      expect(deviceNameSchema.safeParse(deviceName({ userAgent: '', model })).success, model).to.equal(true);
  });
});

describe('a link for adding a phone', () => {
  const ISSUER = 'https://id.example.org';
  const link = (issuer: string) =>
    enrolmentLink('https://id.example.org/authenticator/enrol', { issuer, secret: 's.s' });

  it('is taken from this app’s own server only', () => {
    expect(readLink(link(ISSUER), ISSUER)).to.deep.equal({ ticket: { secret: 's.s' } });
    expect(readLink(link(`${ISSUER}/`), ISSUER)).to.deep.equal({ ticket: { secret: 's.s' } });
    expect(readLink(link('https://evil.example'), ISSUER)).to.deep.equal({ problem: 'other-server' });
    for (const text of [
      '',
      'hello',
      'countersign:a:b',
      'https://id.example.org/',
      'javascript:alert(1)#issuer=x&secret=y',
    ])
      expect(readLink(text, ISSUER), text).to.deep.equal({ problem: 'no-link' });
  });

  it('refused, it is told apart: used, expired, unknown', () => {
    expect(
      [
        'enrolment_used',
        'enrolment_expired',
        'enrolment_not_found',
        'too_many_devices',
        'unreachable',
        'invalid_request',
      ].map(refusedWhy),
    ).to.deep.equal(['used', 'expired', 'not-found', 'too-many-devices', 'unreachable', 'other']);
  });
});

describe('what a failed call means', () => {
  const error = (code: string, status: number) => new DeviceApiError(code, status, code);

  it('is told apart: no network, busy, removed, refused, unreadable', () => {
    expect(failureOf(new TypeError('failed to fetch'))).to.equal('unreachable');
    for (const [code, { status }] of Object.entries(DEVICE_ERRORS)) {
      const want =
        code === 'device_revoked' || code === 'device_unknown'
          ? 'removed'
          : status === 429
            ? 'busy'
            : status >= 500
              ? 'unreachable'
              : 'refused';
      expect(failureOf(error(code, status)), code).to.equal(want);
    }
    expect(failureOf(error('bad_response', 200))).to.equal('unreadable');
    expect(failureOf(error('bad_response', 502))).to.equal('unreachable');
  });

  it('is tried again later and later, up to half a minute', () => {
    expect([1, 2, 3, 6, 50].map((n) => backOffMs(n, () => 1))).to.deep.equal([
      1000, 2000, 4000, 30_000, 30_000,
    ]);
    expect(backOffMs(1, () => 0)).to.equal(500);
  });
});

describe('how a request ended', () => {
  it('is said by what the server says', () => {
    expect(
      ['approved', 'consumed', 'denied', 'reported', 'failed', 'expired', 'superseded', 'pending'].map(
        (state) => endedAs(state as never),
      ),
    ).to.deep.equal([
      'approved-elsewhere',
      'approved-elsewhere',
      'denied-elsewhere',
      'denied-elsewhere',
      'failed',
      'expired',
      'superseded',
      'expired',
    ]);
    expect(
      [
        'challenge_expired',
        'challenge_superseded',
        'challenge_failed',
        'challenge_not_found',
        'invalid_answer',
      ].map(refusedAs),
    ).to.deep.equal(['expired', 'superseded', 'failed', 'gone', 'refused']);
  });

  it('is ours when the answer counted though its confirmation was lost', () => {
    const ended = (kind: 'approved-elsewhere' | 'denied-elsewhere') =>
      ({ kind, request: undefined }) as const;
    expect(ownWord(ended('approved-elsewhere'), 'approve').kind).to.equal('approved');
    expect(ownWord(ended('denied-elsewhere'), 'report').kind).to.equal('reported');
    expect(ownWord(ended('approved-elsewhere'), 'deny').kind).to.equal('approved-elsewhere');
    expect(ownWord(ended('denied-elsewhere'), undefined).kind).to.equal('denied-elsewhere');
  });
});

describe('a phone without a key', () => {
  it('has lost it when there was one, or permission for one, and nobody took it away', () => {
    expect(lostBy('here', 'default')).to.equal(true);
    expect(lostBy(null, 'granted')).to.equal(true);
    expect(lostBy(null, 'default')).to.equal(false);
    expect(lostBy('none', 'granted'), 'taken away on purpose').to.equal(false);
  });
});

describe('the map', () => {
  const WORLD = { width: 1000, height: 552 };

  it('the map marks the country also where a city stands before it', () => {
    const places = { Switzerland: [1, 2, 3], 'A, B': [4, 5, 6] };
    expect(spotOf({ places }, 'Switzerland')).to.deep.equal([1, 2, 3]);
    expect(spotOf({ places }, 'Bern, Switzerland')).to.deep.equal([1, 2, 3]);
    expect(spotOf({ places }, 'A, B')).to.deep.equal([4, 5, 6]);
    expect(spotOf({ places }, 'toString')).to.equal(undefined);
    expect(spotOf({ places }, 'Bern, Nowhere')).to.equal(undefined);
  });

  it('shows a country with its neighbours, and never more than the map has', () => {
    for (const spot of [
      [522, 211, 4],
      [994, 408, 1.5],
      [765, 112, 125],
      [0, 0, 1],
      [500, 551, 300],
    ]) {
      const { left, top, width, height } = cutOut(WORLD, spot);
      expect(left).to.be.within(0, WORLD.width - width);
      expect(top).to.be.within(0, WORLD.height - height);
      expect(width / height).to.be.closeTo(3.5, 0.001);
    }
  });
});
