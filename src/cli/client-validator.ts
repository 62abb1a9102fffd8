import { createClientValidator } from '../authorize/client-validator.ts';
import type { ClientMetadata } from '../clients/metadata.ts';
import type { Config } from '../config/schema.ts';
import { providerTtl } from '../settings.ts';

/** What the real provider says against a client under this configuration. */
export function clientValidator(
  config: Config,
): Promise<(metadata: ClientMetadata) => Promise<string | undefined>> {
  const { issuer, resources, features, keys } = config;
  return createClientValidator({
    issuer,
    resources,
    features,
    ttl: providerTtl(config),
    algorithms: keys.algorithms,
  });
}
