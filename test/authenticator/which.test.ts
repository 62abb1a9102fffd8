import { expect } from 'chai';
import type { Answering } from '../../src/authenticator/engine/state.ts';
import { screenKey, screenOf } from '../../src/authenticator/screens/which.ts';
import { account, openRequest, state } from './sample.ts';

const HERE = { standalone: false, ios: false };
const answering = (more: Partial<Answering> = {}): Answering => ({
  request: openRequest('r1'),
  typed: '',
  scanned: undefined,
  sending: undefined,
  problem: undefined,
  scanning: false,
  ...more,
});

describe('which screen is shown', () => {
  const nameOf = (...args: Parameters<typeof screenOf>) => screenOf(...args).name;

  it('is none before the keys were read, and the list after', () => {
    expect(nameOf(state({ started: false }), HERE)).to.equal('loading');
    expect(nameOf(state(), HERE)).to.equal('home');
  });

  it('is the request before everything else, and says how many more there are', () => {
    const requests = [openRequest('r1'), openRequest('r2')];
    const busy = { outcome: { kind: 'denied', request: undefined }, removed: [account('a')] } as const;
    const shown = screenOf(state({ answering: answering(), requests, ...busy }), HERE);
    expect(shown).to.include({ name: 'request', more: 1 });
    expect(nameOf(state({ answering: answering({ scanning: true }), requests }), HERE)).to.equal(
      'scan-request',
    );
  });

  it('is the outcome until it was read, then what was removed, then what is being added', () => {
    const outcome = { kind: 'approved', request: openRequest('r1') } as const;
    const enrolling = { step: 'refused', why: 'used' } as const;
    const removed = [account('a')];
    expect(nameOf(state({ outcome, removed, enrolling }), HERE)).to.equal('outcome');
    expect(nameOf(state({ removed, enrolling }), HERE)).to.equal('removed');
    expect(nameOf(state({ enrolling }), HERE)).to.equal('enrol');
  });

  it('goes on waiting for a confirmation that a closed window left behind', () => {
    const pending = account('a', { state: 'pending' });
    expect(nameOf(state({ accounts: [pending] }), HERE)).to.equal('confirm');
    expect(nameOf(state({ accounts: [account('b'), pending] }), HERE)).to.equal('home');
    const enrolling = { step: 'confirm', account: 'a' } as const;
    expect(nameOf(state({ accounts: [account('b'), pending], enrolling }), HERE)).to.equal('confirm');
  });

  it('without an account says what to do here: in a browser, from an icon, on an iPhone, after a loss', () => {
    const none = { accounts: [] };
    const why = (...args: Parameters<typeof screenOf>) => {
      const screen = screenOf(...args);
      return screen.name === 'welcome' ? screen.why : screen.name;
    };
    expect(why(state(none), HERE)).to.equal('new');
    expect(why(state(none), { standalone: true, ios: false })).to.equal('installed');
    expect(why(state(none), { standalone: true, ios: true })).to.equal('installed');
    expect(why(state(none), { standalone: false, ios: true })).to.equal('home-screen-first');
    expect(why(state({ ...none, lost: true }), { standalone: true, ios: true })).to.equal('lost');
    expect(why(state({ accounts: [account('a', { state: 'enrolling' })] }), HERE)).to.equal('new');
  });

  it('of an account falls back to the list when that account is gone', () => {
    expect(nameOf(state({ where: { at: 'account', id: 'a' } }), HERE)).to.equal('account');
    expect(nameOf(state({ where: { at: 'account', id: 'gone' } }), HERE)).to.equal('home');
  });

  it('is another one for another request, and the same one while a number is typed', () => {
    const key = (id: string, typed: string) =>
      screenKey(screenOf(state({ answering: answering({ request: openRequest(id), typed }) }), HERE));
    expect(key('r1', '')).to.equal(key('r1', '123'));
    expect(key('r1', '')).not.to.equal(key('r2', ''));
  });
});
