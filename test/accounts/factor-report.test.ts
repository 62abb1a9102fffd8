import { expect } from 'chai';
import { createAccounts } from '../../src/accounts/accounts.ts';
import { countFactors, factorReport, type PersonFactors } from '../../src/accounts/factor-report.ts';
import { makeRecoveryCodes } from '../../src/recovery/code-records.ts';
import { keys } from '../../src/store/keys.ts';
import { countingStore } from '../support/counting-store.ts';
import { tempStore } from '../support/temp-store.ts';

describe('report of factors', () => {
  let temp: Awaited<ReturnType<typeof tempStore>>;
  before(async () => {
    temp = await tempStore();
  });
  after(() => temp.close());

  it('says of each what they have, counts who is where, and reads a page at a time', async () => {
    const counting = countingStore(temp.store);
    const accounts = createAccounts({ store: counting.store });
    const made = [];
    for (let n = 0; n < 600; n++) made.push(await accounts.create({ userName: `person-${n}` }));
    const device = (id: string, state = 'active') => ({ id, state });
    const put = (key: Parameters<typeof temp.store.put>[0], value: unknown) =>
      temp.store.put(key, value, { if: 'any', ttlMs: null });
    const [a, b, c] = made.map(({ sub }) => sub);
    await put(keys.devices(a!), { v: 1, devices: [device('1'), device('2'), device('3', 'revoked')] });
    await put(keys.devices(b!), { v: 1, devices: [device('1')] });
    await put(keys.passkeys(b!), { v: 1, handle: 'h', passkeys: [{ id: 'p' }] });
    await makeRecoveryCodes(temp.store, b!, 'change');
    await put(keys.riskProfile(b!), { v: 1, since: 5, last: [{ at: 7 }] });
    await accounts.setDisabled(c!, true);

    counting.reset();
    const first: PersonFactors[] = [];
    for await (const person of factorReport(counting.store, accounts)) {
      first.push(person);
      if (first.length === 3) break;
    }
    // Three people of one page: one look at the index, one at the accounts, one at their records.
    expect(counting.calls()).to.deep.equal(['getMany', 'getMany', 'index.page']);
    const brief = ({ devices, passkeys, recoveryCodes, signedInAt, disabled }: PersonFactors) => [
      devices,
      passkeys,
      recoveryCodes,
      signedInAt,
      disabled,
    ];
    expect(first.map(brief)).to.deep.equal([
      [2, 0, 0, null, false],
      [1, 1, 10, 7, false],
      [0, 0, 0, null, true],
    ]);

    const counts = countFactors();
    for await (const person of factorReport(temp.store, accounts)) counts.add(person);
    expect(counts.counts()).to.deep.equal({
      people: 600,
      gaps: {
        'push-only': 1,
        passkeys: 1,
        'no-second-device': 1,
        'no-factor': 598,
        'no-recovery-codes': 599,
        'never-signed-in': 599,
      },
    });
  });
});
