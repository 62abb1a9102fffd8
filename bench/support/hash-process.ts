import { type Algorithm, hashSync, verifySync } from '@node-rs/argon2';
import { answerAsks } from './child.ts';

let hash = '';

answerAsks({
  prepare({
    memoryKiB,
    iterations,
    parallelism,
  }: {
    memoryKiB: number;
    iterations: number;
    parallelism: number;
  }) {
    const algorithm = 2 satisfies Algorithm as Algorithm;
    hash = hashSync('a password of some length', {
      algorithm,
      memoryCost: memoryKiB,
      timeCost: iterations,
      parallelism,
      outputLen: 32,
    });
  },
  verify(times: number) {
    for (let i = 0; i < times; i++)
      if (!verifySync(hash, 'a password of some length')) throw new Error('wrong');
  },
});
