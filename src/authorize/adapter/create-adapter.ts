import type { Adapter } from 'oidc-provider';
import {
  ClientAdapter,
  GrantAdapter,
  InteractionAdapter,
  ReplayAdapter,
  UserCodeAdapter,
} from './model-adapters.ts';
import { type AdapterDependencies, RecordAdapter } from './record-adapter.ts';
import { SessionAdapter } from './session-adapter.ts';

const SPECIAL: Record<string, typeof RecordAdapter> = {
  BackchannelAuthenticationRequest: UserCodeAdapter,
  Client: ClientAdapter,
  DeviceCode: UserCodeAdapter,
  Grant: GrantAdapter,
  Interaction: InteractionAdapter,
  ReplayDetection: ReplayAdapter,
  Session: SessionAdapter,
};

/** The factory oidc-provider calls once a model. */
export function createAdapterFactory(deps: AdapterDependencies): (model: string) => Adapter {
  return (model) => {
    const Model = SPECIAL[model] ?? RecordAdapter;
    return new Model(model, deps);
  };
}
