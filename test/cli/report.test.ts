import { expect } from 'chai';
import { type CliWorld, createCliWorld } from '../support/run-cli.ts';

describe('countersign report factors', function () {
  this.timeout(60_000); // each command is a process of its own
  let cli: CliWorld;
  before(async () => {
    cli = await createCliWorld();
    for (const name of ['ann', '=cmd()']) await cli.run(['user', 'add', name]);
  });
  after(() => cli.close());

  it('prints a table with its numbers, lines for a spreadsheet that runs none of them, and JSON', async () => {
    const table = await cli.run(['report', 'factors']);
    expect(table.stdout).to.match(/^USER +DEVICES +PASSKEYS +CODES +LAST SIGN-IN\nann +0 +0 +0 +never\n/);
    expect(table.stdout).to.include('2 people: push-only 0, passkeys 0,').and.include('never-signed-in 2');
    const csv = (await cli.run(['report', 'factors', '--format', 'csv'])).stdout.split('\r\n');
    expect(csv[0]).to.equal('user_name,sub,disabled,groups,devices,passkeys,recovery_codes,last_sign_in');
    expect(csv[2]).to.match(/^'=cmd\(\),/);
    const json = await cli.json<{ userName: string }[]>(['report', 'factors', '--only', 'no-factor']);
    expect(json.map(({ userName }) => userName)).to.deep.equal(['ann', '=cmd()']);
    expect(await cli.json(['report', 'factors', '--only', 'passkeys'])).to.deep.equal([]);
    expect((await cli.run(['report', 'factors', '--only', 'nobody'])).code).to.equal(2);
  });
});
