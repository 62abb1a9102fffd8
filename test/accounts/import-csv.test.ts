import { expect } from 'chai';
import { CSV_COLUMNS, parsePeople } from '../../src/accounts/import-csv.ts';

describe('accounts/import-csv', () => {
  it('reads people: byte-order mark, quotes, several e-mails, address, empty cells', () => {
    const { people, problems } = parsePeople(
      '\ufeffuser_name,email,email_verified,name,address.locality,disabled\r\n' +
        'anna,anna@example.org; a2@example.org,yes,"Nowak, Anna",Warszawa,\r\n' +
        '\r\n' +
        'bob,,,,,true\r\n',
    );
    expect(problems).to.deep.equal([]);
    expect(people).to.deep.equal([
      {
        line: 2,
        person: {
          userName: 'anna',
          emails: [
            { address: 'anna@example.org', verified: true },
            { address: 'a2@example.org', verified: true },
          ],
          disabled: false,
          profile: { name: 'Nowak, Anna', address: { locality: 'Warszawa' } },
        },
      },
      { line: 4, person: { userName: 'bob', emails: [], disabled: true, profile: {} } },
    ]);
  });

  it('reports every problem of every row with its line', () => {
    const { people, problems } = parsePeople(
      [
        'user_name,email,email_verified,phone_number',
        'anna,not-an-address,maybe,12',
        'bob,bob@example.org,,',
        ',c@example.org,,',
        'BOB,,,',
        'dan,BOB@example.org,,',
        'eve,eve@example.org',
      ].join('\n'),
    );
    expect(people.map(({ person }) => person.userName)).to.deep.equal(['bob']);
    expect(problems.map(({ line, field }) => `${line} ${field}`)).to.deep.equal([
      '2 email_verified',
      '2 email',
      '2 phone_number',
      '4 user_name',
      '5 user_name',
      '6 email',
      '7 row',
    ]);
    expect(problems[2]).to.deep.include({ was: '12' });
    expect(problems[4]?.wanted).to.contain('line 3');
  });

  it('counts lines in the file, over a cell of several lines', () => {
    const { problems } = parsePeople('user_name,address.formatted\nanna,"Prosta 1\nWarszawa"\n"",x\n');
    expect(problems.map(({ line }) => line)).to.deep.equal([4]);
  });

  it('names unknown, doubled and missing columns, and text that is no CSV', () => {
    expect(parsePeople('user_name,colour,email,email\na,b,,\n').problems).to.deep.include.members([
      { line: 1, field: 'colour', was: 'colour', wanted: `one of ${CSV_COLUMNS.join(', ')}` },
      { line: 1, field: 'email', was: 'email', wanted: 'each column once' },
    ]);
    expect(parsePeople('email\na@example.org\n').problems[0]?.wanted).to.equal('a column user_name');
    expect(parsePeople('').problems[0]?.wanted).to.equal('a column user_name');
    expect(parsePeople('user_name\n"open\n').problems[0]?.field).to.equal('file');
    expect(parsePeople('user_name,__proto__\na,b\n').problems[0]?.field).to.equal('__proto__');
  });
});
