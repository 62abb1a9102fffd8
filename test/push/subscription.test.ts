import { createECDH, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { DEFAULT_PUSH_HOSTS } from '../../src/push/endpoint.ts';
import { parseSubscription, SubscriptionInvalid } from '../../src/push/subscription.ts';

const rules = { allowedHosts: DEFAULT_PUSH_HOSTS, allowPrivate: false };
const good = () => ({
  endpoint: 'https://fcm.googleapis.com/fcm/send/abc:def',
  keys: {
    p256dh: createECDH('prime256v1').generateKeys('base64url'),
    auth: randomBytes(16).toString('base64url'),
  },
});

function refusal(input: unknown, with_ = rules): SubscriptionInvalid {
  try {
    parseSubscription(input, with_);
  } catch (error) {
    expect(error).to.be.instanceOf(SubscriptionInvalid);
    return error as SubscriptionInvalid;
  }
  throw new Error('it was accepted');
}

describe('push/subscription', () => {
  it('takes what browsers give and drops what it does not know', () => {
    for (const endpoint of [
      'https://fcm.googleapis.com/fcm/send/abc:def',
      'https://jmt17.google.com/wp/x',
      'https://updates.push.services.mozilla.com/wpush/v2/gAAAA_-',
      'https://web.push.apple.com/QAbc',
      'https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2f',
    ]) {
      const input = { ...good(), endpoint, expirationTime: null };
      expect(parseSubscription(input, rules)).to.deep.equal({ endpoint, keys: input.keys });
    }
  });

  const wrongEndpoints: Record<string, string> = {
    'plain http': 'http://fcm.googleapis.com/x',
    'another scheme': 'ftp://fcm.googleapis.com/x',
    'a short IPv4': 'https://127.1/x',
    'a hexadecimal IPv4': 'https://0x7f.1/x',
    'a decimal IPv4': 'https://2130706433/x',
    'an octal IPv4': 'https://0177.0.0.1/x',
    'an IPv4': 'https://169.254.169.254/latest/meta-data',
    'an IPv6': 'https://[::1]/x',
    'a mapped IPv6': 'https://[::ffff:169.254.169.254]/x',
    localhost: 'https://localhost/x',
    'localhost with a dot': 'https://localhost./x',
    'a trailing dot': 'https://fcm.googleapis.com./x',
    'user information': 'https://fcm.googleapis.com@evil.example/x',
    'a user at an allowed host': 'https://user@fcm.googleapis.com/x',
    'an empty user': 'https://@fcm.googleapis.com/x',
    'an allowed host as a prefix': 'https://fcm.googleapis.com.evil.example/x',
    'an allowed host as a suffix': 'https://evilfcm.googleapis.com/x',
    'a wildcard without its dot': 'https://evilpush.apple.com/x',
    'a wildcard host itself': 'https://push.apple.com/x',
    'an empty label': 'https://.push.apple.com/x',
    'a label below an exact host': 'https://x.fcm.googleapis.com/x',
    'another port': 'https://fcm.googleapis.com:22/x',
    'a default port': 'https://fcm.googleapis.com:443/x',
    'port 0': 'https://fcm.googleapis.com:0/x',
    'capitals in the host': 'https://FCM.googleapis.com/x',
    'a percent-encoded host': 'https://fcm%2egoogleapis.com/x',
    'full-width letters': 'https://ｆcm.googleapis.com/x',
    'a full-width dot': 'https://fcm。googleapis.com/x',
    'a Cyrillic letter': 'https://fсm.googleapis.com/x',
    'a soft hyphen': 'https://fcm.goo\u00adgleapis.com/x',
    backslashes: 'https:\\\\fcm.googleapis.com\\x',
    'a backslash before the at sign': 'https://fcm.googleapis.com\\@evil.example/x',
    'one slash': 'https:/fcm.googleapis.com/x',
    'a tab': 'https://fcm.goo\tgleapis.com/x',
    'a line feed': 'https://fcm.googleapis.com/x\nHost: evil',
    'a leading space': ' https://fcm.googleapis.com/x',
    'a fragment': 'https://fcm.googleapis.com/x#y',
    'no path': 'https://fcm.googleapis.com',
    'a relative URL': '/fcm/send/x',
    nothing: '',
    'too long a one': `https://fcm.googleapis.com/${'x'.repeat(2048)}`,
  };
  for (const [what, endpoint] of Object.entries(wrongEndpoints)) {
    it(`R44, F10: refuses ${what} when it is saved`, () => {
      const error = refusal({ ...good(), endpoint });
      expect(error.field).to.equal('endpoint');
      expect(error.wanted).to.not.equal('');
    });
  }

  it('R44: any port at an allow-listed host with allowPrivate, still no IP address and no other host', () => {
    const home = { allowedHosts: ['push.home.example'], allowPrivate: true };
    const at = (endpoint: string) => ({ ...good(), endpoint });
    expect(parseSubscription(at('https://push.home.example:8443/x'), home).endpoint).to.contain(':8443/');
    expect(refusal(at('https://192.168.1.2/x'), home).was).to.equal('an IP address');
    expect(refusal(at('https://fcm.googleapis.com/x'), home).was).to.equal('host fcm.googleapis.com');
  });

  it('says what was wrong and what is wanted', () => {
    const at = (endpoint: string) => refusal({ ...good(), endpoint }).message;
    expect(at('http://fcm.googleapis.com/x')).to.equal('endpoint was http:, wanted https:');
    expect(at('https://user@fcm.googleapis.com/x')).to.contain('user information');
    expect(at('https://fcm.googleapis.com:22/x')).to.equal('endpoint was port 22, wanted port 443');
  });

  it('R49: a refusal never repeats the path or a key', () => {
    const input = { ...good(), endpoint: 'https://evil.example/canary-path' };
    expect(refusal(input).message).to.contain('evil.example').and.not.contain('canary');
    const keys = { p256dh: good().keys.p256dh, auth: 'canary-auth' };
    expect(refusal({ ...good(), keys }).message).to.not.contain('canary');
  });

  const point = createECDH('prime256v1').generateKeys();
  const offCurve = Buffer.from(point);
  offCurve[64]! ^= 1;
  const hybrid = Buffer.from(point);
  hybrid[0] = 0x06;
  const compressed = Buffer.concat([Buffer.of(0x02 + (point[64]! & 1)), point.subarray(1, 33)]);
  const p256dh = point.toString('base64url');
  const auth = randomBytes(16).toString('base64url');
  const wrongKeys: Record<string, [field: string, keys: unknown]> = {
    'no keys': ['keys', undefined],
    'keys in an array': ['keys', [p256dh, auth]],
    'no p256dh': ['keys.p256dh', { auth }],
    'p256dh as an array': ['keys.p256dh', { p256dh: [p256dh], auth }],
    'a point off the curve': ['keys.p256dh', { p256dh: offCurve.toString('base64url'), auth }],
    'a hybrid point': ['keys.p256dh', { p256dh: hybrid.toString('base64url'), auth }],
    'a compressed point': ['keys.p256dh', { p256dh: compressed.toString('base64url'), auth }],
    'the point zero': [
      'keys.p256dh',
      { p256dh: Buffer.concat([Buffer.of(4), Buffer.alloc(64)]).toString('base64url'), auth },
    ],
    'coordinates at the field prime': [
      'keys.p256dh',
      { p256dh: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 0xff)]).toString('base64url'), auth },
    ],
    '64 bytes': ['keys.p256dh', { p256dh: point.subarray(1).toString('base64url'), auth }],
    padding: ['keys.p256dh', { p256dh: `${p256dh}=`, auth }],
    'plain base64': ['keys.auth', { p256dh, auth: '+/'.repeat(11) }],
    'white space': ['keys.auth', { p256dh, auth: ` ${auth}` }],
    'a non-canonical last character': ['keys.auth', { p256dh, auth: `${'A'.repeat(21)}B` }],
    '15 bytes of auth': ['keys.auth', { p256dh, auth: Buffer.alloc(15).toString('base64url') }],
    '17 bytes of auth': ['keys.auth', { p256dh, auth: Buffer.alloc(17).toString('base64url') }],
    'a megabyte of auth': ['keys.auth', { p256dh, auth: 'A'.repeat(1_000_000) }],
  };
  for (const [what, [field, keys]] of Object.entries(wrongKeys)) {
    it(`R45: refuses ${what}`, () => {
      const error = refusal({ endpoint: good().endpoint, keys });
      expect(error.field).to.equal(field);
      expect(error.status).to.equal(400);
    });
  }

  it('R45: refuses what is no object at all', () => {
    for (const input of [undefined, null, 'x', 7, [], [good()]]) {
      expect(refusal(input).field).to.equal('subscription');
    }
    expect(refusal({ keys: good().keys }).was).to.equal('missing');
  });
});
