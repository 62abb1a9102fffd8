/** What the host puts before this code: which files belong to this version. */
export interface Build {
  readonly version: string;
  readonly kept: readonly string[];
  /** URL of the notification's picture. */
  readonly icon: string;
}

export const worker = self as unknown as ServiceWorkerGlobalScope & { readonly BUILD: Build };
