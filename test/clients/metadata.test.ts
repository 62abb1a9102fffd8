import { expect } from 'chai';
import { Provider } from 'oidc-provider';
import { CLIENT_POLICY, type ClientPolicy, policyOf } from '../../src/authorize/client-policy.ts';
import { type ClientSettings, parseClient } from '../../src/clients/client.ts';
import { EXTRA_CLIENT_METADATA, toProviderMetadata } from '../../src/clients/metadata.ts';

function parsed(input: object): ClientSettings {
  const result = parseClient(input);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.client;
}

const full = parsed({
  clientId: 'shop',
  name: 'The Shop',
  secret: 'a'.repeat(32),
  redirectUris: ['https://shop.example/cb'],
  postLogoutRedirectUris: ['https://shop.example/'],
  grantTypes: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  scopes: ['openid', 'offline_access'],
  floor: 'phr',
  proof: 'push-verified',
  maxProofAge: '15min',
  firstParty: true,
  requirePkce: false,
  corsOrigins: ['https://shop.example'],
  backchannelLogoutUri: 'https://shop.example/out',
  logoUri: 'https://shop.example/l.png',
});

/** The real library, with the features clients may use. */
const provider = (client: ClientSettings) =>
  new Provider('https://id.example.com', {
    clients: [toProviderMetadata(client)],
    extraClientMetadata: { properties: [...EXTRA_CLIENT_METADATA] },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      backchannelLogout: { enabled: true },
    },
  });

describe('client metadata', () => {
  it('leaves out what is not set', () => {
    const metadata = toProviderMetadata(
      parsed({
        clientId: 'spa',
        name: 'SPA',
        tokenEndpointAuthMethod: 'none',
        redirectUris: ['https://spa.example/'],
      }),
    );
    expect(metadata).not.to.have.any.keys('client_secret', 'jwks', 'logo_uri');
    expect(metadata).to.include({
      client_id: 'spa',
      token_endpoint_auth_method: 'none',
      scope: 'openid profile email',
    });
    expect(Object.values(metadata)).not.to.include(undefined);
  });

  it('is taken whole by oidc-provider, our own settings too', async () => {
    const client = await provider(full).Client.find('shop');
    expect(client?.metadata()).to.include({
      client_name: 'The Shop',
      scope: 'openid offline_access',
      backchannel_logout_uri: 'https://shop.example/out',
      logo_uri: 'https://shop.example/l.png',
    });
    const policy: ClientPolicy = {
      name: 'The Shop',
      floor: 'phr',
      proof: 'push-verified',
      maxProofAge: 900,
      refresh: 'offline_access',
      firstParty: true,
      requirePkce: false,
      claimsInIdToken: false,
      corsOrigins: ['https://shop.example'],
      scopes: ['openid', 'offline_access'],
    };
    expect(policyOf(client!)).to.deep.equal(policy);
    expect([...EXTRA_CLIENT_METADATA]).to.deep.equal([CLIENT_POLICY]);
    expect(client?.['redirectUris']).to.deep.equal(['https://shop.example/cb']);
  });

  it('leaves to the library the rules only it knows: finding the client fails with its words', async () => {
    const pairwise = parsed({
      ...full,
      subjectType: 'pairwise',
      sectorIdentifierUri: 'https://shop.example/s',
    });
    const outcome = await provider(pairwise)
      .Client.find('shop')
      .catch((error: { error_description?: string }) => error.error_description);
    expect(outcome)
      .to.be.a('string')
      .and.match(/subject_type|jwks_uri/);
  });

  it('shares no array with the record it was made from', () => {
    const metadata = toProviderMetadata(full);
    (metadata['grant_types'] as string[]).push('implicit');
    expect(full.grantTypes).not.to.include('implicit');
  });
});
