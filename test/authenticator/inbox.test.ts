import { expect } from 'chai';
import { stillOpen, takeOver } from '../../src/authenticator/engine/inbox.ts';
import { AT, CONTEXT, challenge, openRequest } from './sample.ts';

const ids = (requests: readonly { challenge: { id: string } }[]) => requests.map(({ challenge: c }) => c.id);
const asked = (id: string, at: number) => challenge(id, { context: { ...CONTEXT, at } });

describe('the requests of a phone', () => {
  it('are those of all accounts, newest first', () => {
    const a = takeOver([], 'a', { challenges: [asked('a1', AT), asked('a2', AT + 20)], server_time: AT }, 0);
    const both = takeOver(a, 'b', { challenges: [asked('b1', AT + 10)], server_time: AT }, 0);
    expect(ids(both)).to.deep.equal(['a2', 'b1', 'a1']);
  });

  it('are over when the server lists them no more; other accounts keep theirs', () => {
    const before = [openRequest('a1', 'a'), openRequest('b1', 'b')];
    expect(ids(takeOver(before, 'a', { challenges: [], server_time: AT }, 0))).to.deep.equal(['b1']);
  });

  it('end by this phone’s clock, however wrong it is', () => {
    const wrong = 1_000_000;
    const [request] = takeOver([], 'a', { challenges: [challenge('a1')], server_time: AT + 20 }, wrong);
    expect(request!.endsAt).to.equal(wrong + 100_000);
    expect(request!.life).to.equal(120_000);
    const [later] = takeOver(
      [request!],
      'a',
      { challenges: [challenge('a1')], server_time: AT + 60 },
      wrong + 41_000,
    );
    expect(later!.endsAt, 'the end stays where it was').to.equal(wrong + 100_000);
  });

  it('hold nothing that is expired or decided, whatever is listed', () => {
    const late = challenge('late', { exp: AT });
    const done = challenge('done', { state: 'approved' });
    expect(takeOver([], 'a', { challenges: [late, done], server_time: AT }, 0)).to.deep.equal([]);
  });

  it('leave when their time is up', () => {
    const requests = [openRequest('a1')];
    expect(stillOpen(requests, (AT + 119) * 1000)).to.equal(requests);
    expect(stillOpen(requests, (AT + 120) * 1000)).to.deep.equal([]);
  });
});
