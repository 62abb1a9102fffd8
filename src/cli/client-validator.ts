import type { ValidatorOptions } from '../authorize/client-validator.ts';
import type { ClientMetadata } from '../clients/metadata.ts';
import type { Config } from '../config/schema.ts';
import { providerTtl } from '../settings.ts';

type Validate = (metadata: ClientMetadata) => Promise<string | undefined>;

/** Stands in where the configuration is too wrong to say: it lets pass what the right one might. */
const ANY_PROVIDER: ValidatorOptions = {
  issuer: 'https://issuer.invalid',
  resources: [],
  features: { requestObjects: true, deviceFlow: true },
  ttl: {
    session: 43_200,
    idle: 3600,
    interaction: 1800,
    passwordProof: 600,
    accessToken: 3600,
    jwtAccessToken: 300,
    idToken: 3600,
    authorizationCode: 60,
    deviceCode: 600,
    pushedRequest: 60,
    refreshFamily: 2_592_000,
  },
  algorithms: ['ES256', 'EdDSA', 'RS256'],
};

/** What the real provider, loaded only now, says against a client under this configuration. */
export async function clientValidator(config: Config | undefined): Promise<Validate> {
  const { createClientValidator } = await import('../authorize/client-validator.ts');
  if (!config) return createClientValidator(ANY_PROVIDER);
  const { issuer, resources, features, keys } = config;
  return createClientValidator({
    issuer,
    resources,
    features,
    ttl: providerTtl(config),
    algorithms: keys.algorithms,
  });
}
