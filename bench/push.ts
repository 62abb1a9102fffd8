import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PushSubscriptionRecord } from '../src/devices/device.ts';
import { startChild } from './support/child.ts';
import { atMost, type Bench, type BenchResult, short } from './support/result.ts';
import { median } from './support/stats.ts';

/** A push to a push service on this machine, over TLS, one after the other. */
export const push: Bench = {
  about:
    'CPU of one push, beside web-push as it comes with its default agent: 896 bytes before encryption, over TLS.',
  async run({ quick, rounds }): Promise<BenchResult> {
    const each = quick ? 5 : 200;
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-push-'));
    const service = startChild(`${import.meta.dirname}/support/push-service-process.ts`);
    try {
      const { ca, records } = await service.ask<{ ca: string; records: PushSubscriptionRecord[] }>(
        'start',
        10,
      );
      const caFile = join(folder, 'ca.pem');
      await writeFile(caFile, ca);
      const sender = startChild(`${import.meta.dirname}/support/push-sender-process.ts`, {
        env: { NODE_EXTRA_CA_CERTS: caFile },
      });
      await sender.ask('prepare', { ca, records });
      const cpu = { ours: [] as number[], stock: [] as number[] };
      const connections = { ours: 0, stock: 0 };
      for (let round = 0; round <= rounds; round++) {
        for (const which of ['ours', 'stock'] as const) {
          const ms = await sender.ask<number>(which, each);
          const heard = await service.ask<{ received: number; refused: number; connections: number }>(
            'forget',
          );
          if (heard.received !== each || heard.refused > 0) throw new Error(JSON.stringify(heard));
          if (round === 0) continue;
          cpu[which].push(ms);
          connections[which] += heard.connections;
        }
      }
      await sender.stop();
      const [ours, stock] = [median(cpu.ours), median(cpu.stock)];
      return {
        columns: ['sender', 'pushes', 'CPU ms a push', 'connections'],
        rows: [
          ['Countersign', each * rounds, short(ours), connections.ours],
          ['web-push, default agent', each * rounds, short(stock), connections.stock],
        ],
        targets: [atMost('CPU a push against web-push', ours / stock, 0.5, ' times')],
        notes: [
          'The push service checks, decrypts and verifies every message; it runs in a process of its own.',
        ],
      };
    } finally {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
