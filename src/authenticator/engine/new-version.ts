/**
 * A new version of the app is installed beside the old one and waits. It takes over when nothing is under way here: the
 * old worker goes on answering pushes until then, and no request vanishes under a thumb.
 */
export interface NewVersion {
  /** Called whenever something changed: perhaps nothing is under way now. */
  perhaps(): void;
}

export function watchForNewVersion(registration: ServiceWorkerRegistration, idle: () => boolean): NewVersion {
  const { serviceWorker } = navigator;
  /** The first worker of all takes over nothing: there is no older page to load again. */
  const hadOne = serviceWorker.controller !== null;
  let replaced = false;

  function perhaps(): void {
    if (!idle()) return;
    if (replaced) location.reload();
    else if (hadOne) registration.waiting?.postMessage('skip');
  }

  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', perhaps);
  });
  serviceWorker.addEventListener('controllerchange', () => {
    replaced = hadOne;
    perhaps();
  });
  perhaps();
  return { perhaps };
}
