import { randomUUID } from 'node:crypto';
import { Arrivals } from './arrivals.ts';

/**
 * How a push service brings a message it took to the user agent: once; the same message twice, as after a lost
 * acknowledgement; twice as two messages; late, when the test says so; or never.
 */
export type Way = 'once' | 'same-twice' | 'two-messages' | 'late' | 'never';

export interface Delivery {
  /** Names the message to the user agent. */
  readonly version: string;
  readonly way: Way;
}

/** Brings each message once unless told otherwise for the next ones. */
export class DeliveryPlan {
  /** What was handed to the user agent's connection. */
  readonly delivered = new Arrivals<Delivery>('delivery');
  private readonly next: Way[] = [];
  private held: (() => void)[] = [];
  private readonly taken = new Arrivals<Way>('taken push');

  /** The next messages are delivered so, in order. */
  deliverNext(...ways: Way[]): void {
    this.next.push(...ways);
  }

  /** Waits until `count` messages have been taken in all, delivered or not. */
  async takenCount(count: number): Promise<void> {
    await this.taken.count(count);
  }

  get takenSoFar(): number {
    return this.taken.all.length;
  }

  /** Delivers what is late. @returns how many messages that were */
  release(): number {
    const { held } = this;
    this.held = [];
    for (const deliver of held) deliver();
    return held.length;
  }

  /** @param send hands the message to the connection under this name. */
  take(send: (version: string) => void): void {
    const way = this.next.shift() ?? 'once';
    const version = randomUUID();
    const deliver = (as = version) => {
      send(as);
      this.delivered.add({ version: as, way });
    };
    if (way === 'late') this.held.push(deliver);
    else if (way !== 'never') deliver();
    if (way === 'same-twice') deliver();
    if (way === 'two-messages') deliver(randomUUID());
    this.taken.add(way);
  }
}
