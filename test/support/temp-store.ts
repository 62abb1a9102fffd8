import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import type { Store } from '../../src/store/port.ts';

/** An embedded store in a new folder, which `close` removes. */
export async function tempStore(): Promise<{ store: Store; file: string; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
  const file = join(folder, 'store.db');
  const store = await openEmbedded({ file });
  return {
    store,
    file,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
