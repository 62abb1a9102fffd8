import type { AppFace, FormTarget } from './parts.ts';

/** Signing in another device by its code (RFC 8628). */
export interface DeviceCodeModels {
  readonly 'device-code': {
    readonly form: FormTarget;
    readonly userCode?: string;
    readonly problem?: 'unknown' | 'missing' | 'other';
  };
  readonly 'device-confirm': {
    readonly form: FormTarget;
    readonly app: AppFace;
    readonly userCode: string;
    readonly place: string | null;
    readonly address: string;
  };
  readonly 'device-done': { readonly app?: AppFace };
}
