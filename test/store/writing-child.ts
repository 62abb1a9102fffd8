import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { keys } from '../../src/store/keys.ts';

/**
 * Run by embedded.test.ts as a process of its own: `writing-child.ts FILE [SIZE]`. Writes values padded to SIZE
 * characters until it is killed or a write fails; prints the number of each acknowledged one, or the failure.
 */
const [file, size = '0'] = process.argv.slice(2);
const store = await openEmbedded({ file: file! });
const padding = 'x'.repeat(Number(size));
try {
  for (let i = 0; ; i++) {
    await store.put(keys.account(`child-${process.pid}-${i}`), [i, padding], { if: 'absent', ttlMs: null });
    process.stdout.write(`${i}\n`);
  }
} catch (error) {
  process.stdout.write(`${error}\n`);
  process.exit(3);
}
