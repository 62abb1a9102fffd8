import { expect } from 'chai';
import type { Account } from '../../src/accounts/account.ts';
import { claimsFor } from '../../src/accounts/claims.ts';
import { newAccountSchema } from '../../src/accounts/schema.ts';

const ACCOUNT: Account = {
  v: 1,
  sub: 's',
  userName: 'Anna',
  emails: [
    { address: 'anna@example.org', verified: true },
    { address: 'second@example.org', verified: false },
  ],
  passwordHash: '$argon2id$x',
  passwordChangedAt: 1,
  disabled: false,
  notBefore: 0,
  createdAt: 1,
  updatedAt: 1700000000,
  profile: {},
};

describe('accounts/claims', () => {
  it('tells every standard claim, and nothing else of the account', () => {
    const profile = {
      name: 'Anna Nowak',
      given_name: 'Anna',
      family_name: 'Nowak',
      middle_name: 'M',
      nickname: 'An',
      preferred_username: 'an',
      profile: 'https://example.org/anna',
      picture: 'https://example.org/anna.png',
      website: 'https://example.org',
      gender: 'female',
      birthdate: '0000-04-30',
      zoneinfo: 'Europe/Warsaw',
      locale: 'pl-PL',
      phone_number: '+48123456789',
      phone_number_verified: true,
      address: { formatted: 'Prosta 1\n00-001 Warszawa', country: 'PL' },
    };
    const parsed = newAccountSchema.parse({ userName: 'Anna', profile });
    expect(claimsFor({ ...ACCOUNT, profile: parsed.profile as Account['profile'] })).to.deep.equal({
      ...profile,
      sub: 's',
      email: 'anna@example.org',
      email_verified: true,
      updated_at: 1700000000,
    });
  });

  it('leaves out what there is not', () => {
    expect(
      claimsFor({ ...ACCOUNT, emails: [], profile: { address: {}, phone_number_verified: true } }),
    ).to.deep.equal({
      sub: 's',
      preferred_username: 'Anna',
      updated_at: 1700000000,
    });
    expect(claimsFor({ ...ACCOUNT, profile: { phone_number: '+48' } })).to.include({
      phone_number_verified: false,
    });
  });

  it('checks each claim at the door', () => {
    const bad: [string, unknown][] = [
      ['website', 'javascript:alert(1)'],
      ['picture', 'anna.png'],
      ['birthdate', '1990-02-30'],
      ['birthdate', '30.04.1990'],
      ['zoneinfo', 'Warsaw'],
      ['locale', 'p'],
      ['phone_number', '123'],
      ['name', 'a\u0000'],
      ['name', 'x'.repeat(257)],
      ['address', { city: 'Warszawa' }],
      ['unknown', 'x'],
      ['sub', 'x'],
    ];
    for (const [claim, value] of bad) {
      const result = newAccountSchema.safeParse({ userName: 'a', profile: { [claim]: value } });
      expect(result.success, `${claim}=${JSON.stringify(value)}`).to.equal(false);
    }
  });
});
