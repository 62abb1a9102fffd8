import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { keys } from '../../src/store/keys.ts';

/** Run by embedded.test.ts as a process of its own: writes until it is killed, prints what was acknowledged. */
const store = await openEmbedded({ file: process.argv[2]! });
for (let i = 0; ; i++) {
  await store.put(keys.account(`child-${process.pid}-${i}`), i, { if: 'absent', ttlMs: null });
  process.stdout.write(`${i}\n`);
}
