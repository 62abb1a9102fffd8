import type { Provider } from 'oidc-provider';

/**
 * Asks oidc-provider itself whether it would take these clients, so that a wrong one is found at the start and not
 * at the first person's sign-in.
 *
 * @returns what it says of each client it refuses.
 */
export async function refusedClients(
  provider: Provider,
  clientIds: readonly string[],
): Promise<readonly { readonly clientId: string; readonly reason: string }[]> {
  const refused: { clientId: string; reason: string }[] = [];
  for (const clientId of clientIds) {
    try {
      if (!(await provider.Client.find(clientId))) refused.push({ clientId, reason: 'it cannot be found' });
    } catch (error) {
      const { error_description: described, message } = error as Error & { error_description?: string };
      refused.push({ clientId, reason: described ?? message });
    }
  }
  return refused;
}
