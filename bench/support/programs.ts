import type { Bench } from './result.ts';

/** Loaded when it runs: each has much to import. */
const PROGRAMS: Record<string, () => Promise<Bench>> = {
  verify: async () => (await import('../verify.ts')).verifying,
  push: async () => (await import('../push.ts')).push,
  flow: async () => (await import('../flow.ts')).flow,
  isolation: async () => (await import('../isolation.ts')).isolation,
  oracle: async () => (await import('../oracle.ts')).oracle,
  wake: async () => (await import('../wake.ts')).wake,
  park: async () => (await import('../park.ts')).park,
  replay: async () => (await import('../replay.ts')).replay,
  accounts: async () => (await import('../accounts.ts')).accounts,
};

export const PROGRAM_NAMES: readonly string[] = Object.keys(PROGRAMS);

/** @throws Error that lists the programs there are. */
export async function programNamed(name: string): Promise<Bench> {
  const load = PROGRAMS[name];
  if (!load) throw new Error(`no benchmark "${name}"; there are ${PROGRAM_NAMES.join(', ')}`);
  return load();
}
