import { expect } from 'chai';
import { notificationText, readPush } from '../../src/authenticator/worker/push-message.ts';
import { NOTICE_KINDS } from '../../src/protocol/notices.ts';

const PUSH = {
  v: 1,
  type: 'challenge',
  id: 'c1',
  app: 'Grafana',
  place: 'Switzerland',
  browser: 'Firefox',
  exp: 1000,
};

describe('what a push becomes', () => {
  const text = (push: object, ...more: [Parameters<typeof notificationText>[1]?, number?]) =>
    notificationText(readPush(push), more[0], more[1] ?? 0);

  it('a question with app, place and browser, and no way to answer', () => {
    expect(text(PUSH, 'pending')).to.deep.equal({
      title: 'Grafana: is this you?',
      body: 'Switzerland · Firefox',
      tag: 'request c1',
      quiet: false,
    });
    expect(text({ ...PUSH, place: null }).body).to.equal('Place not known · Firefox');
  });

  it('late, decided or expired it says that the request has ended, in place of the question', () => {
    const ended = { title: 'This request has ended', tag: 'request c1', quiet: true };
    for (const state of [
      'approved',
      'consumed',
      'denied',
      'reported',
      'failed',
      'expired',
      'superseded',
      'unknown',
    ] as const)
      expect(text(PUSH, state), state).to.include(ended);
    expect(text(PUSH, undefined, 1_000_000)).to.include(ended);
    expect(text(PUSH, undefined, 999_999).title).to.equal('Grafana: is this you?');
  });

  it('shows names without tricks', () => {
    expect(text({ ...PUSH, app: 'Bank\u202e\n' }, 'pending').title).to.equal('Bank\ufffd: is this you?');
  });

  it('says what was done to the account, also when it is something new', () => {
    const notice = {
      v: 1,
      type: 'notice',
      id: 'n1',
      notice: 'device-added',
      account: 'ada',
      device: 'Pixel 9',
      at: 1,
    };
    expect(text(notice)).to.include({
      title: 'A device was added to your account',
      body: 'Pixel 9 · ada',
      tag: 'notice n1',
    });
    expect(text({ ...notice, notice: 'constructor', device: undefined })).to.include({
      title: 'Your account was changed',
      body: 'ada',
    });
  });

  it('has words of its own for every kind of notice', () => {
    const titles = NOTICE_KINDS.map(
      (kind) => text({ v: 1, type: 'notice', id: 'n1', notice: kind, account: 'ada', at: 1 }).title,
    );
    expect(new Set(titles).size).to.equal(NOTICE_KINDS.length);
    expect(titles).not.to.include('Your account was changed');
  });

  it('asks to open the app for anything it does not understand', () => {
    for (const odd of [
      undefined,
      null,
      7,
      {},
      { ...PUSH, v: 2 },
      { ...PUSH, id: '' },
      { ...PUSH, exp: 'soon' },
    ])
      expect(notificationText(readPush(odd), undefined, 0)).to.include({
        title: 'Authenticator',
        tag: 'other',
      });
  });
});
