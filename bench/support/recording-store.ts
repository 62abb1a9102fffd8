import type { Store } from '../../src/store/port.ts';

export interface RecordedCall {
  /** As given to `step` last. */
  readonly step: string;
  /** E.g. `get`, `index.add`. */
  readonly verb: string;
  /** First segment of the key, and of a limit its rule: `challenge`, `Session`, `limit/push-0`; empty for `now`. */
  readonly type: string;
}

export interface RecordingStore {
  readonly store: Store;
  readonly calls: RecordedCall[];
  step(name: string): void;
}

/** The real store, and a list of what it was asked. */
export function recordingStore(inner: Store): RecordingStore {
  const calls: RecordedCall[] = [];
  let step = '';
  const recorded = <T extends object>(target: T, prefix = ''): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property);
        if (typeof value === 'function') {
          return (...args: unknown[]) => {
            calls.push({ step, verb: prefix + String(property), type: typeOf(args[0]) });
            return Reflect.apply(value, object, args) as unknown;
          };
        }
        return typeof value === 'object' && value !== null ? recorded(value, `${String(property)}.`) : value;
      },
    });
  return {
    store: recorded(inner),
    calls,
    step: (name) => {
      step = name;
    },
  };
}

function typeOf(key: unknown): string {
  const first: unknown = Array.isArray(key) ? key[0] : key;
  if (typeof first !== 'string') return '';
  const [type = '', id = ''] = first.split('/');
  return type === 'limit' ? `limit/${id}` : type;
}
