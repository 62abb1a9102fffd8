/** The one script URL this page may make, so that Trusted Types have something to hold on to. */
const WORKER = '/authenticator/sw.js';
const SCOPE = '/authenticator/';

interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): {
    createScriptURL(url: string): string;
  };
}

/** @returns `undefined` where there are no workers (or they are turned off): then the app listens while it is open. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | undefined> {
  if (!('serviceWorker' in navigator)) return undefined;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypesFactory };
  const policy = trustedTypes?.createPolicy('sw', {
    createScriptURL(url) {
      if (url === WORKER) return url;
      throw new TypeError('not a script of this app');
    },
  });
  try {
    return await navigator.serviceWorker.register(policy?.createScriptURL(WORKER) ?? WORKER, {
      scope: SCOPE,
      updateViaCache: 'none',
    });
  } catch {
    return undefined;
  }
}
