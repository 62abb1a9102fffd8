import { type ClientMetadata, toProviderMetadata } from '../clients/metadata.ts';
import { fieldName } from '../options/outline.ts';
import { type ConfigSource, readConfig } from './load.ts';
import type { Problem } from './problems.ts';

export interface ConfigCheck extends ConfigSource {
  /** Asks the real provider about a client: resolves to what it says against it, or to `undefined`. */
  readonly validateClient?: (metadata: ClientMetadata) => Promise<string | undefined>;
}

/** Everything that is wrong with a configuration, for `countersign config check`; empty when a start would take it. */
export async function checkConfig(from: ConfigCheck): Promise<readonly Problem[]> {
  const { problems, clients, fileProblems, problemAt } = readConfig(from);
  const all = [...problems, ...fileProblems()];
  for (const [n, client] of clients) {
    const against = await from.validateClient?.(toProviderMetadata(client));
    if (against === undefined) continue;
    const path = ['clients', n];
    all.push(
      problemAt({
        path,
        field: fieldName(path),
        was: `client '${client.clientId}'`,
        wanted: `a client the provider takes: ${against}`,
        sentence: 'Clients are checked by the rules of the OpenID Connect library as well.',
      }),
    );
  }
  return all;
}
