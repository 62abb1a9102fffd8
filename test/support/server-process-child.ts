import { type Called, serverCalls, type Told } from './server-calls.ts';
import { createSlowStore } from './slow-store.ts';
import { createWorld, type WorldOptions } from './walk-world.ts';

/** The process `server-process.ts` starts: one server on another one's store. It ends when its parent does. */
const tell = (told: Told) => process.send?.(told);

process.once('message', async (options: WorldOptions) => {
  try {
    const slowStore = createSlowStore();
    const world = await createWorld({ ...options, wrapStore: slowStore.wrap });
    const calls = serverCalls(world.server, slowStore);
    process.on('message', async ({ id, call, args }: Called) => {
      try {
        tell({ id, result: await Reflect.apply(calls[call], undefined, [...args]) });
      } catch (error) {
        tell({ id, failure: String(error) });
      }
    });
    process.once('disconnect', async () => {
      await world.close();
      process.exit(0);
    });
    tell({ port: world.server.server.port });
  } catch (error) {
    process.send?.({ problem: String((error as Error).stack) } satisfies Told, () => process.exit(1));
  }
});
