import { expect } from 'chai';
import { configRules } from '../../src/config/rules.ts';
import { configSchema, type DeclaredConfig } from '../../src/config/schema.ts';
import { approvalOptions } from '../../src/settings.ts';

const client = {
  clientId: 'shop',
  name: 'Shop',
  secret: 's'.repeat(32),
  redirectUris: ['https://shop.example/'],
};

function broken(input: object): string[] {
  const config: DeclaredConfig = configSchema.parse({ issuer: 'http://localhost:3000', ...input });
  return configRules({ ...config, clients: new Map(config.clients.entries()) }).map(({ path }) =>
    path.join('.'),
  );
}

describe('rules between options', () => {
  it('find nothing wrong with the defaults', () => {
    expect(broken({})).to.deep.equal([]);
  });

  it('refuse an https issuer behind a plain listener that trusts no proxy', () => {
    const issuer = 'https://id.example.com';
    expect(broken({ issuer })).to.deep.equal(['http.trustedProxies']);
    expect(broken({ issuer, http: { trustedProxies: ['127.0.0.1'] } })).to.deep.equal([]);
    expect(broken({ issuer, http: { tls: { certFile: 'c', keyFile: 'k' } } })).to.deep.equal([]);
    expect(broken({ http: { tls: { certFile: 'c', keyFile: 'k' } } })).to.deep.equal(['issuer']);
  });

  it('R44: private push services only on a loopback issuer', () => {
    expect(broken({ push: { allowPrivate: true } })).to.deep.equal([]);
    const behindProxy = { issuer: 'https://id.example.com', http: { trustedProxies: ['127.0.0.1'] } };
    expect(broken({ ...behindProxy, push: { allowPrivate: true } })).to.deep.equal(['push.allowPrivate']);
  });

  it('R2: the profile nist allows no short number and no hour of idleness more', () => {
    expect(broken({ challenge: { knownBrowserDigits: 2 } })).to.deep.equal([]);
    const nist = { policy: { profile: 'nist' } };
    expect(broken({ ...nist, challenge: { knownBrowserDigits: 2 } })).to.deep.equal([
      'challenge.knownBrowserDigits',
    ]);
    expect(broken({ ...nist, session: { idle: '2h' } })).to.deep.equal(['session.idle']);
    expect(broken(nist)).to.deep.equal([]);
  });

  it('R2: the profile nist shortens no number that is longer than it has to be', () => {
    const config = configSchema.parse({
      issuer: 'http://localhost',
      policy: { profile: 'nist' },
      challenge: { digits: 8 },
    });
    const { digits, knownDigits } = approvalOptions(config);
    expect([digits, knownDigits]).to.deep.equal([8, 8]);
  });

  it('let nobody be remembered under the profile nist', () => {
    expect(broken({ session: { rememberBrowser: '14d' } })).to.deep.equal([]);
    expect(broken({ policy: { profile: 'nist' }, session: { rememberBrowser: '14d' } })).to.deep.equal([
      'session.rememberBrowser',
    ]);
  });

  it('send the password of the mail server nowhere in the clear, and neither user nor password alone', () => {
    const mail = (more: object) =>
      broken({ mail: { host: 'mail.example.com', from: 'a@id.example', ...more } });
    expect(mail({})).to.deep.equal([]);
    expect(mail({ security: 'none' })).to.deep.equal([]);
    expect(mail({ user: 'u', password: 'p' })).to.deep.equal([]);
    expect(mail({ user: 'u', password: 'p', security: 'none' })).to.deep.equal(['mail.security']);
    expect(mail({ user: 'u', password: 'p', security: 'none', host: 'localhost' })).to.deep.equal([]);
    expect(mail({ user: 'u', password: 'p', passwordFile: 'f' })).to.deep.equal(['mail.passwordFile']);
    expect(mail({ user: 'u' })).to.deep.equal(['mail.password']);
    expect(mail({ passwordFile: 'f' })).to.deep.equal(['mail.user']);
  });

  it('R2: refuse rules that would be put right anyhow, or never be asked', () => {
    const rules = (list: object[], profile = 'default') => broken({ policy: { profile, rules: list } });
    const calm = { name: 'calm', when: { known: true }, proof: 'push-short' };
    const easy = { name: 'easy', when: { remembered: true }, proof: 'none' };
    expect(rules([calm, easy, { name: 'rest', proof: 'refuse' }])).to.deep.equal([]);
    expect(rules([calm, { ...calm, proof: 'push' }])).to.deep.equal(['policy.rules.1.name']);
    expect(rules([{ ...calm, name: 'otherwise' }])).to.deep.equal(['policy.rules.0.name']);
    expect(rules([{ name: 'all', proof: 'push' }, calm])).to.deep.equal(['policy.rules.1']);
    expect(rules([{ ...calm, when: {} }])).to.deep.equal(['policy.rules.0.proof']);
    expect(rules([{ ...easy, when: { known: true } }])).to.deep.equal(['policy.rules.0.proof']);
    expect(rules([calm, easy], 'nist')).to.deep.equal(['policy.rules.0.proof', 'policy.rules.1.proof']);
    expect(rules([{ ...calm, proof: 'push' }], 'nist')).to.deep.equal([]);
  });

  it('hold times to each other', () => {
    expect(broken({ challenge: { life: '30s', resendAfter: '30s' } })).to.deep.equal([
      'challenge.resendAfter',
    ]);
    expect(broken({ session: { life: '30min', idle: '1h' } })).to.deep.equal(['session.idle']);
    expect(broken({ session: { interaction: '5min' } })).to.deep.equal(['session.passwordProof']);
    expect(broken({ keys: { rotateEvery: '1d', publishAhead: '1d' } })).to.deep.equal(['keys.publishAhead']);
  });

  it('refuse hashes cheaper than OWASP recommends', () => {
    const argon2 = (memoryKiB: number, iterations: number) =>
      broken({ password: { argon2: { memoryKiB, iterations } } });
    expect(argon2(7_168, 5)).to.deep.equal([]);
    expect(argon2(7_168, 4)).to.deep.equal(['password.argon2.iterations']);
    expect(argon2(19_455, 2)).to.deep.equal(['password.argon2.iterations']);
    expect(argon2(47_104, 1)).to.deep.equal([]);
  });

  it('hold clients to the keys, scopes and features there are', () => {
    expect(broken({ keys: { algorithms: ['ES256'] } })).to.deep.equal(['keys.algorithms']);
    expect(
      broken({
        keys: { algorithms: ['RS256'] },
        clients: [{ ...client, idTokenSignedResponseAlg: 'ES256' }],
      }),
    ).to.deep.equal(['clients.0.idTokenSignedResponseAlg']);
    expect(broken({ clients: [client, client] })).to.deep.equal(['clients.1.clientId']);
    const scopes = ['openid', 'orders.read'];
    expect(broken({ clients: [{ ...client, scopes }] })).to.deep.equal(['clients.0.scopes.1']);
    const resources = [{ indicator: 'https://api.example.com', scopes: ['orders.read'] }];
    expect(broken({ resources, clients: [{ ...client, scopes }] })).to.deep.equal([]);
    expect(broken({ resources: [...resources, ...resources] })).to.deep.equal(['resources.1.indicator']);
    expect(broken({ resources: [{ indicator: 'urn:x', scopes: ['openid'] }] })).to.deep.equal([
      'resources.0.scopes.0',
    ]);
    const grantTypes = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'];
    expect(broken({ clients: [{ ...client, grantTypes }] })).to.deep.equal([]);
    expect(broken({ features: { deviceFlow: false }, clients: [{ ...client, grantTypes }] })).to.deep.equal([
      'clients.0.grantTypes.1',
    ]);
  });
});
