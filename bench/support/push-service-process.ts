import { type PushService, startPushService } from '../../test/support/push-service.ts';
import { answerAsks } from './child.ts';

let service: PushService | undefined;

answerAsks({
  async start(count: number) {
    service = await startPushService();
    const { url, ca } = service;
    return { url, ca, records: Array.from({ length: count }, () => service!.createSubscription().record) };
  },
  /** @returns how many came since, how many were refused, and over how many connections. */
  forget() {
    const { received } = service!;
    const answer = {
      received: received.length,
      refused: received.filter(({ refused }) => refused !== undefined).length,
      connections: new Set(received.map(({ connection }) => connection)).size,
    };
    service!.forget();
    return answer;
  },
});
