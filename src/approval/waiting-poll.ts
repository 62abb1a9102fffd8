import type { ServerResponse } from 'node:http';
import type { Carried } from '../store/port.ts';
import type { Waiter, WakeHub } from './wake-hub.ts';

export interface WaitingPollParts {
  readonly hub: WakeHub;
  /** How long a poll is held, ms. */
  readonly holdMs: number;
  /**
   * What the page may be told now; `undefined` when this browser may not ask.
   *
   * @param written what the wake said the record is now, if it did.
   */
  readonly look: (poll: WaitingPoll, written?: unknown) => Promise<View | undefined>;
  /** Takes a place among the parked. @returns the function that gives it back, or `undefined` when there is none. */
  readonly park: (poll: WaitingPoll, view: View) => (() => void) | undefined;
  readonly send: (poll: WaitingPoll, answer: PollAnswer) => void;
}

export type PollAnswer =
  | { readonly view: View }
  | { readonly refused: 'not_yours' | 'too_many_waiting' }
  | { readonly failed: unknown };

export interface View {
  /** Names what is seen, like an ETag. */
  readonly version: string;
  readonly account: string;
  readonly known: boolean;
  /** Nothing changes by time alone for so long, ms. */
  readonly quietMs: number;
  readonly body: object;
}

/**
 * One poll, from its request to its answer. Thousands are parked in a process at once, so a poll is one object and not
 * the closures and promises of an async function, and while parked it holds nothing of the challenge.
 */
export class WaitingPoll implements Waiter {
  readonly response: ServerResponse;
  /** The challenge's chain: what it waits on. */
  readonly chain: string;
  /** The hash of the cookie it was asked with. */
  readonly browser: string;
  readonly #parts: WaitingPollParts;
  readonly #version: string;
  #state: 'looking' | 'woken while looking' | 'parked' | 'over' = 'parked';
  #until = 0;
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;

  constructor(
    parts: WaitingPollParts,
    asked: { response: ServerResponse; chain: string; version: string; browser: string },
  ) {
    this.#parts = parts;
    this.response = asked.response;
    this.chain = asked.chain;
    this.browser = asked.browser;
    this.#version = asked.version;
  }

  /** Watch, then read, then wait: what happens in between is not missed (F15). */
  start(): void {
    this.#parts.hub.add(this.chain, this);
    // Nobody is there to be told any more, so nothing is read: ten thousand may close at once.
    this.response.once('close', () => this.#end());
    this.wake();
  }

  wake(carried?: Carried): void {
    if (this.#state === 'looking') this.#state = 'woken while looking';
    if (this.#state !== 'parked') return;
    this.#state = 'looking';
    clearTimeout(this.#timer);
    // Also what fails in between: nobody else would catch it, and it would end the process.
    this.#parts
      .look(this, carried?.())
      .then((view) => this.#seen(view))
      .catch((failed: unknown) => this.#answer({ failed }));
  }

  #seen(view: View | undefined): void {
    if (this.#state === 'over') return;
    const { hub, holdMs } = this.#parts;
    // The whole time at first, whatever the read took: timers of one length share one list in Node.
    const left = this.#until === 0 ? holdMs : this.#until - Date.now();
    if (!view) this.#answer({ refused: 'not_yours' });
    else if (view.version !== this.#version || Math.min(left, view.quietMs) <= 0 || hub.closed)
      this.#answer({ view });
    else this.#park(view, Math.min(left, view.quietMs));
  }

  #park(view: View, holdMs: number): void {
    this.#release ??= this.#parts.park(this, view);
    if (!this.#release) {
      this.#answer({ refused: 'too_many_waiting' });
      return;
    }
    if (this.#until === 0) this.#until = Date.now() + this.#parts.holdMs;
    const woken = this.#state === 'woken while looking';
    this.#state = 'parked';
    if (woken) this.wake();
    else this.#timer = setTimeout(wake, holdMs, this);
  }

  #answer(answer: PollAnswer): void {
    if (this.#state === 'over') return;
    this.#end();
    this.#parts.send(this, answer);
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    clearTimeout(this.#timer);
    this.#release?.();
    this.#parts.hub.remove(this.chain, this);
  }
}

const wake = (poll: WaitingPoll) => poll.wake();
