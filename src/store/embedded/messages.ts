import type { Operation, Result } from './operations.ts';

/** What the main thread and the writer thread say to each other. */

export type ToWriter =
  | { readonly kind: 'batch'; readonly id: number; readonly operations: readonly Operation[] }
  | { readonly kind: 'close' };

export type Outcome =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: string };

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly error: string }
  | { readonly kind: 'done'; readonly id: number; readonly outcomes: readonly Outcome[] }
  /** Another process has committed: anything may have changed. */
  | { readonly kind: 'foreign' };
