import { startChild } from './child.ts';

/**
 * oidc-provider alone on our adapter and store: login and consent are taken as given, no pages, no devices, no limits.
 * Least a server built on it can cost.
 */
export async function startBareProvider(folder: string, port: number) {
  const child = startChild(`${import.meta.dirname}/bare-provider-process.ts`);
  await child.ask('listen', { folder, port });
  return { ...child, issuer: `http://localhost:${port}` };
}
