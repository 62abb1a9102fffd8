import { expect } from 'chai';
import { type AnswerActions, createAnswerActions } from '../../src/authenticator/engine/answer-actions.ts';
import { clientOf } from '../../src/authenticator/engine/clients.ts';
import { makeKey, signerOf } from '../../src/authenticator/engine/device-key.ts';
import { holdState, type StateHolder } from '../../src/authenticator/engine/state.ts';
import type { StoredAccount } from '../../src/authenticator/storage/accounts.ts';
import { type DeviceServer, deviceServer } from '../support/device-server.ts';

/** The engine of one window on a real device API, with two people's accounts. */
describe('answers of the authenticator', () => {
  let server: DeviceServer;
  let accounts: Record<'ada' | 'bob', StoredAccount>;
  before(async () => {
    server = await deviceServer();
    accounts = { ada: await enrol('ada'), bob: await enrol('bob') };
  });
  after(() => server.close());

  let state: StateHolder;
  let answer: AnswerActions;
  let asked: number;
  beforeEach(async () => {
    for (const name of ['acct-ada', 'acct-bob']) await server.approvals.closeOpen(name);
    asked = 0;
    state = holdState();
    state.set({ started: true, accounts: [accounts.ada, accounts.bob] });
    const windows = { again: () => void asked++, answering: () => {}, accountsChanged: () => {} };
    answer = createAnswerActions({
      state,
      windows,
      now: Date.now,
      accountsChanged: async () => {},
      environment: {
        issuer: server.issuer,
        organisation: '',
        standalone: false,
        ios: false,
        deviceName: 'Phone',
      },
    });
  });

  async function enrol(name: string): Promise<StoredAccount> {
    const made = await makeKey();
    const { id } = await server.enrolled(name, signerOf(made));
    const { issuer } = server;
    return { ...made, id, kid: id, issuer, state: 'active', addedAt: 0, userName: name, name: 'Phone' };
  }

  /** A poll's answer, as it is now. */
  const listOf = async (name: 'ada' | 'bob') => {
    const account = accounts[name];
    const message = await clientOf(account).pending();
    return () => answer.hear({ type: 'pending', account: account.id, message });
  };
  const hear = async (name: 'ada' | 'bob') => (await listOf(name))();
  const shown = () => state.now.answering?.request.challenge.id;
  async function until(what: () => unknown): Promise<void> {
    for (const end = Date.now() + 5000; !what(); ) {
      if (Date.now() > end) throw new Error(`waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('needs every digit to approve, and none to deny', async () => {
    await server.request('ada');
    await hear('ada');
    answer.type('12345');
    await answer.approve();
    expect(state.now.answering).to.include({ typed: '12345', sending: undefined, problem: undefined });
    answer.type('');
    await answer.deny();
    expect(state.now.outcome?.kind).to.equal('denied');
  });

  it('R22: answers each request with the key of the account it is for', async () => {
    for (const name of ['ada', 'bob'] as const) {
      const { number } = await server.request(name);
      await hear(name);
      answer.type(number);
      await answer.approve();
      expect(state.now.outcome?.kind, name).to.equal('approved');
      answer.closeOutcome();
    }
  });

  it('shows what it answered no more, though a poll that was under way still lists it', async () => {
    const { number } = await server.request('ada');
    await hear('ada');
    const late = await listOf('ada');
    answer.type(number);
    await answer.approve();
    answer.closeOutcome();
    late();
    expect(state.now).to.include({ answering: undefined, outcome: undefined });
    expect(state.now.requests).to.deep.equal([]);
  });

  it('F13: a tapped request that has ended is told before the one that waits', async () => {
    const ended = await server.request('ada');
    await server.approvals.closeOpen('acct-ada');
    const waits = await server.request('ada');
    answer.open(ended.id);
    await hear('ada');
    expect(shown()).to.equal(undefined);
    await until(() => state.now.outcome);
    expect(state.now.outcome?.request?.challenge.id).to.equal(ended.id);
    answer.closeOutcome();
    expect(shown()).to.equal(waits.id);
  });

  it('F13: a tapped request of an account not heard yet is waited for, and not taken for one that has ended', async () => {
    const bobs = await server.request('bob');
    answer.open(bobs.id);
    await hear('ada');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state.now).to.include({ answering: undefined, outcome: undefined });
    await hear('bob');
    expect(shown()).to.equal(bobs.id);
  });

  it('F13: a tapped request is not called ended while a server that may know it cannot be asked', async () => {
    const away = { ...accounts.bob, id: 'away', kid: 'away.kid', issuer: 'http://127.0.0.1:1' };
    state.set({ accounts: [accounts.ada, away] });
    answer.open('a-request-nobody-knows');
    await hear('ada');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state.now.outcome).to.equal(undefined);
    state.set({ accounts: [accounts.ada] });
    await hear('ada');
    await until(() => state.now.outcome);
    expect(state.now.outcome?.kind).to.equal('gone');
  });

  it('a request tapped that the list on the screen does not know makes it ask at once', async () => {
    await hear('ada');
    const { id } = await server.request('ada');
    answer.open(id);
    expect(asked).to.equal(1);
    await hear('ada');
    expect(shown()).to.equal(id);
  });

  it('R12: what is wrong with one request is not said of another that was opened meanwhile', async () => {
    const first = await server.request('ada');
    const second = await server.request('ada');
    await hear('ada');
    answer.open(first.id);
    answer.type(first.number === '000000' ? '000001' : '000000');
    const answered = answer.approve();
    answer.open(second.id);
    answer.type('12');
    await answered;
    expect(shown()).to.equal(second.id);
    expect(state.now.answering).to.include({ typed: '12', problem: undefined });
  });

  it('a wrong number empties the field and says so; nothing typed stays behind', async () => {
    const { number } = await server.request('ada');
    await hear('ada');
    answer.type(number === '000000' ? '000001' : '000000');
    await answer.approve();
    expect(state.now.answering).to.include({ typed: '', sending: undefined });
    expect(state.now.answering?.problem?.kind).to.equal('wrong-number');
    answer.type(number);
    await answer.approve();
    expect(state.now.outcome?.kind).to.equal('approved');
  });
});
