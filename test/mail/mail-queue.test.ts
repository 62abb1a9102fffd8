import { expect } from 'chai';
import { createMailQueue, type MailOutcome, type MailQueueOptions } from '../../src/mail/mail-queue.ts';
import { MailFailed } from '../../src/mail/smtp.ts';

const mail = (to: string) => ({ to, subject: 's', text: 't', html: 'h' });

describe('mail/mail-queue', () => {
  let outcomes: MailOutcome<string>[];
  let tried: string[];
  const queueOf = (
    send: (to: string, attempt: number) => Promise<void>,
    changes: Partial<MailQueueOptions<string>> = {},
  ) => {
    outcomes = [];
    tried = [];
    return createMailQueue<string>({
      send: ({ to }) => {
        tried.push(to);
        return send(to, tried.filter((one) => one === to).length);
      },
      record: (outcome) => outcomes.push(outcome),
      max: 10,
      retryAfterMs: [1, 1, 1],
      ...changes,
    });
  };
  const until = async (holds: () => boolean) => {
    for (let n = 0; !holds(); n++) {
      if (n > 500) expect.fail('it did not come to that');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const temporary = () => Promise.reject(new MailFailed(false, '451', new Error('later')));
  const permanent = () => Promise.reject(new MailFailed(true, '550', new Error('never')));

  it('tries again what may work later, and gives up after the last time', async () => {
    const queue = queueOf((to, attempt) => (to === 'a' && attempt === 3 ? Promise.resolve() : temporary()));
    queue.add(mail('a'), 'one');
    queue.add(mail('b'), 'two');
    await until(() => outcomes.length === 2);
    expect(outcomes).to.have.deep.members([
      { about: 'one', outcome: 'sent', attempts: 3 },
      { about: 'two', outcome: 'failed', attempts: 4, reason: '451' },
    ]);
  });

  it('does not try again what was refused for good', async () => {
    const queue = queueOf(permanent);
    queue.add(mail('a'), 'one');
    await queue.idle();
    expect(outcomes).to.deep.equal([{ about: 'one', outcome: 'refused', attempts: 1, reason: '550' }]);
  });

  it('is bounded, with what waits for another try in it; what does not fit is dropped and written down', async () => {
    const queue = queueOf(temporary, { max: 3, retryAfterMs: [60_000] });
    for (const name of ['a', 'b', 'c']) queue.add(mail(name), name);
    await until(() => tried.length === 3);
    await queue.idle();
    queue.add(mail('d'), 'd');
    expect(outcomes).to.deep.equal([{ about: 'd', outcome: 'dropped', attempts: 0, reason: 'queue full' }]);
    await queue.close();
  });

  it('has two under way at once', async () => {
    let open = 0;
    let most = 0;
    const queue = queueOf(async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open--;
    });
    for (let n = 0; n < 6; n++) queue.add(mail(`m${n}`), 'x');
    await queue.idle();
    expect(most).to.equal(2);
    expect(outcomes).to.have.length(6);
  });

  it('tries what waits once more at an orderly stop, waits no longer than its limit, and takes nothing new', async () => {
    const queue = queueOf((to, attempt) => (to === 'a' && attempt === 2 ? Promise.resolve() : temporary()), {
      retryAfterMs: [60_000],
    });
    queue.add(mail('a'), 'a');
    queue.add(mail('b'), 'b');
    await until(() => tried.length === 2);
    await queue.close();
    queue.add(mail('c'), 'c');
    expect(outcomes).to.have.deep.members([
      { about: 'a', outcome: 'sent', attempts: 2 },
      { about: 'b', outcome: 'failed', attempts: 2, reason: '451' },
      { about: 'c', outcome: 'dropped', attempts: 0, reason: 'stopping' },
    ]);

    const stuck = queueOf(() => new Promise(() => {}), { closeTimeoutMs: 20 });
    for (const name of ['a', 'b', 'c']) stuck.add(mail(name), name);
    await stuck.close();
    expect(outcomes).to.deep.equal([{ about: 'c', outcome: 'dropped', attempts: 0, reason: 'stopping' }]);
  });
});
