import type { Take } from '../../src/limits/throttle.ts';
import type { SlowStore } from './slow-store.ts';
import type { TestServer } from './start-server.ts';

/** What a race asks of a server itself, past its HTTP: what goes in and comes out can travel between processes. */
export function serverCalls({ services, server }: TestServer, slowStore: SlowStore) {
  const { throttle, enrolments } = services;
  return {
    /** Every store call waits at random up to so many ms; 0 for not at all. */
    slow: async (ms: number) => {
      slowStore.slow = ms;
    },
    take: (take: Take) => throttle.take(take.rule, take.subject),
    spend: (takes: readonly Take[]) => throttle.spend(takes),
    confirmEnrolment: (account: string, id: string, thumbprint: string) =>
      enrolments.confirm(account, id, thumbprint),
    cancelEnrolment: (account: string, id: string) => enrolments.cancel(account, id),
    rotateKeys: () => server.rotateKeys(),
    signOutEverywhere: (sub: string) => server.signOutEverywhere(sub),
  };
}

export type ServerCalls = ReturnType<typeof serverCalls>;
export type ServerCall = keyof ServerCalls;

/** From a test to the process of a server. */
export interface Called {
  readonly id: number;
  readonly call: ServerCall;
  readonly args: readonly unknown[];
}

/** From the process of a server to its test. */
export type Told =
  | { readonly port: number }
  | { readonly problem: string }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: string };
