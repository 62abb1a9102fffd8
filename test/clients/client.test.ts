import { expect } from 'chai';
import { type ClientSettings, maxProofAgeOf, parseClient } from '../../src/clients/client.ts';

const SECRET = 'a'.repeat(32);
const confidential = {
  clientId: 'shop',
  name: 'The Shop',
  secret: SECRET,
  redirectUris: ['https://shop.example/cb'],
};

function parsed(input: unknown): ClientSettings {
  const result = parseClient(input);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.client;
}

function fields(input: unknown): string[] {
  const result = parseClient(input);
  return 'problems' in result ? result.problems.map(({ field }) => field) : [];
}

describe('a client', () => {
  it('gets the strict defaults', () => {
    expect(parsed(confidential)).to.include({
      floor: 'push',
      proof: 'none',
      maxProofAge: 'session',
      refresh: 'offline_access',
      firstParty: false,
      requirePkce: true,
      claimsInIdToken: false,
      tokenEndpointAuthMethod: 'client_secret_basic',
      idTokenSignedResponseAlg: 'RS256',
    });
  });

  it('reads back from the store as itself', () => {
    const client = parsed({
      ...confidential,
      maxProofAge: '15min',
      scopes: ['openid'],
      logoUri: 'https://shop.example/l.png',
    });
    expect(parsed(JSON.parse(JSON.stringify(client)))).to.deep.equal(client);
    expect(maxProofAgeOf(client)).to.deep.equal({ ms: 900_000 });
  });

  it('reads an age of proof that cannot be read as the strictest', () => {
    expect(maxProofAgeOf({ maxProofAge: 'soon' })).to.equal('always');
    expect(fields({ ...confidential, maxProofAge: '900' })).to.deep.equal(['maxProofAge']);
    expect(fields({ ...confidential, maxProofAge: '13h' })).to.deep.equal(['maxProofAge']);
  });

  it('names every problem at once and never shows a secret', () => {
    const result = parseClient({
      ...confidential,
      secret: 'hunter2',
      name: '',
      colour: 'red',
      redirectUris: ['nowhere'],
    });
    const problems = 'problems' in result ? result.problems : [];
    expect(problems.map(({ field }) => field)).to.have.members([
      'secret',
      'name',
      'colour',
      'redirectUris[0]',
    ]);
    expect(JSON.stringify(problems)).not.to.include('hunter2');
  });

  it('cannot be the one of the pages at /account', () => {
    const result = parseClient({ ...confidential, clientId: 'countersign-account' });
    const [problem] = 'problems' in result ? result.problems : [];
    expect(problem).to.include({ field: 'clientId', was: "'countersign-account'" });
    expect(problem?.sentence).to.include('/account');
  });

  it('suggests the key that was meant', () => {
    const result = parseClient({ ...confidential, redirect_uri: [] });
    expect('problems' in result && result.problems[0]?.wanted).to.equal('perhaps redirectUris');
  });

  it('needs a proof that fits its method', () => {
    const { secret: _, ...bare } = confidential;
    const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] };
    expect(fields(bare)).to.deep.equal(['secret']);
    expect(fields({ ...bare, tokenEndpointAuthMethod: 'none' })).to.deep.equal([]);
    expect(fields({ ...confidential, tokenEndpointAuthMethod: 'none' })).to.deep.equal(['secret']);
    expect(fields({ ...bare, tokenEndpointAuthMethod: 'private_key_jwt' })).to.deep.equal(['jwks']);
    expect(fields({ ...bare, tokenEndpointAuthMethod: 'private_key_jwt', jwks })).to.deep.equal([]);
    expect(
      fields({ ...bare, tokenEndpointAuthMethod: 'private_key_jwt', jwks, jwksUri: 'https://a.example/k' }),
    ).to.deep.equal(['jwksUri']);
    expect(
      fields({
        ...bare,
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: { keys: [{ kty: 'EC', d: 'x' }] },
      }),
    ).to.deep.equal(['jwks']);
  });

  it('R36: excuses only a confidential client from PKCE', () => {
    const { secret: _, ...bare } = confidential;
    expect(fields({ ...confidential, requirePkce: false })).to.deep.equal([]);
    expect(fields({ ...bare, tokenEndpointAuthMethod: 'none', requirePkce: false })).to.deep.equal([
      'requirePkce',
    ]);
  });

  it('R37: takes only redirect addresses that reach the app itself', () => {
    const web = (uri: string) => fields({ ...confidential, redirectUris: [uri] });
    const native = (uri: string) =>
      fields({ ...confidential, applicationType: 'native', redirectUris: [uri] });
    for (const uri of ['https://a.example/cb?x=1', 'http://localhost:4000/cb', 'http://127.0.0.1/cb'])
      expect(web(uri), uri).to.deep.equal([]);
    for (const uri of [
      'http://a.example/cb',
      'https://a.example/cb#x',
      'com.example.app:/cb',
      'javascript:alert(1)',
      '/cb',
      'https://u@a.example/',
      'https://a.example/c b',
    ]) {
      expect(web(uri), uri).to.deep.equal(['redirectUris[0]']);
    }
    for (const uri of ['com.example.app:/cb', 'http://127.0.0.1/cb', 'https://a.example/cb'])
      expect(native(uri), uri).to.deep.equal([]);
    for (const uri of ['myapp:/cb', 'data:text/html,x', 'http://a.example/cb', 'https://localhost/cb']) {
      expect(native(uri), uri).to.deep.equal(['redirectUris[0]']);
    }
    expect(fields({ ...confidential, redirectUris: [] })).to.deep.equal(['redirectUris']);
  });

  it('needs grants, scopes and answers that fit each other', () => {
    expect(fields({ ...confidential, grantTypes: ['authorization_code', 'refresh_token'] })).to.deep.equal([
      'scopes',
    ]);
    expect(
      fields({
        ...confidential,
        grantTypes: ['authorization_code', 'refresh_token'],
        refresh: 'with-session',
      }),
    ).to.deep.equal([]);
    expect(fields({ ...confidential, grantTypes: [] })).to.deep.equal(['responseTypes']);
    expect(fields({ ...confidential, redirectUris: [], grantTypes: [], responseTypes: [] })).to.deep.equal(
      [],
    );
    expect(
      fields({
        ...confidential,
        subjectType: 'pairwise',
        redirectUris: ['https://a.example/', 'https://b.example/'],
      }),
    ).to.deep.equal(['sectorIdentifierUri']);
  });
});
