import type { OneWindow } from './one-window.ts';
import type { StateHolder } from './state.ts';

/** What this window is, and what its server told it; fixed for as long as the page lives. */
export interface Environment {
  readonly issuer: string;
  readonly organisation: string;
  /** Opened from the Home Screen, as an app of its own. */
  readonly standalone: boolean;
  /** iPhone or iPad, where push and storage belong to the Home Screen app alone. */
  readonly ios: boolean;
  /** What this device is called until its owner says otherwise. */
  readonly deviceName: string;
}

/** What every group of actions works on. */
export interface Parts {
  readonly state: StateHolder;
  readonly environment: Environment;
  readonly windows: OneWindow;
  /** Reads the accounts again, tells the other windows, listens for those of now, and mends the push. */
  accountsChanged(): Promise<void>;
  /** ms. */
  readonly now: () => number;
}
