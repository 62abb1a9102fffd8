import { MINUTE, SECOND } from '../store/keys.ts';
import { type Mail, MailFailed } from './smtp.ts';

/** What became of one mail. */
export interface MailOutcome<About> {
  readonly about: About;
  /** `refused`: for good; `failed`: the last try failed; `dropped`: never tried, for want of room or time. */
  readonly outcome: 'sent' | 'refused' | 'failed' | 'dropped';
  readonly attempts: number;
  /** An SMTP reply code or another word without any address. */
  readonly reason?: string;
}

export interface MailQueue<About> {
  /** Returns at once; what becomes of it is recorded. */
  add(mail: Mail, about: About): void;
  /** Resolves when nothing is under way; what waits for another try is not. */
  idle(): Promise<void>;
  /** Takes nothing more, tries what it has once more within the time limit, and says what was left. */
  close(): Promise<void>;
}

export interface MailQueueOptions<About> {
  /** @throws MailFailed */
  readonly send: (mail: Mail) => Promise<void>;
  readonly record: (outcome: MailOutcome<About>) => void;
  /** Mails that may wait at once. */
  readonly max: number;
  /** ms before each further try. */
  readonly retryAfterMs?: readonly number[];
  /** ms that `close` waits. */
  readonly closeTimeoutMs?: number;
}

interface Job<About> {
  readonly mail: Mail;
  readonly about: About;
  attempts: number;
  timer?: NodeJS.Timeout;
}

const RETRY_AFTER_MS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE];
/** Connections at once. */
const PARALLEL = 2;

/** Mails on their way out, in memory: a process that is killed loses those that wait; the audit log and devices tell as well. */
export function createMailQueue<About>(options: MailQueueOptions<About>): MailQueue<About> {
  const { send, record, max, retryAfterMs = RETRY_AFTER_MS, closeTimeoutMs = 5 * SECOND } = options;
  const ready: Job<About>[] = [];
  const later = new Set<Job<About>>();
  const active = new Set<Promise<void>>();
  let closing = false;

  function pump(): void {
    while (active.size < PARALLEL) {
      const job = ready.shift();
      if (!job) return;
      const work = attempt(job).finally(() => {
        active.delete(work);
        pump();
      });
      active.add(work);
    }
  }

  async function attempt(job: Job<About>): Promise<void> {
    job.attempts++;
    const { about, attempts } = job;
    try {
      await send(job.mail);
      record({ about, outcome: 'sent', attempts });
    } catch (error) {
      const reason = error instanceof MailFailed ? error.reason : 'unknown';
      const permanent = error instanceof MailFailed && error.permanent;
      const wait = retryAfterMs[attempts - 1];
      if (permanent || wait === undefined || closing) {
        record({ about, outcome: permanent ? 'refused' : 'failed', attempts, reason });
        return;
      }
      job.timer = setTimeout(() => {
        later.delete(job);
        ready.push(job);
        pump();
      }, wait);
      later.add(job);
    }
  }

  async function idle(): Promise<void> {
    while (active.size > 0) await Promise.allSettled(active);
  }

  return {
    add(mail, about) {
      if (closing || ready.length + later.size >= max) {
        record({ about, outcome: 'dropped', attempts: 0, reason: closing ? 'stopping' : 'queue full' });
        return;
      }
      ready.push({ mail, about, attempts: 0 });
      pump();
    },
    idle,
    async close() {
      closing = true;
      for (const job of later) {
        clearTimeout(job.timer);
        ready.push(job);
      }
      later.clear();
      pump();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeTimeoutMs);
      });
      await Promise.race([idle(), limit]);
      clearTimeout(timer);
      for (const { about, attempts } of ready.splice(0))
        record({ about, outcome: 'dropped', attempts, reason: 'stopping' });
    },
  };
}
