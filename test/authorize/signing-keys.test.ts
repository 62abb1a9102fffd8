import { expect } from 'chai';
import fc from 'fast-check';
import { openKeyring } from '../../src/authorize/keyring.ts';
import {
  inSigningOrder,
  keysWanted,
  nextChange,
  type RotationPlan,
  type SigningKey,
  withoutRetired,
} from '../../src/authorize/signing-keys.ts';
import { DAY, HOUR } from '../../src/store/keys.ts';
import { tempStore } from '../support/temp-store.ts';

const plan: RotationPlan = {
  algorithms: ['ES256'],
  rotateEveryMs: 90 * DAY,
  publishAheadMs: 24 * HOUR,
  keepVerifyingMs: 90 * DAY,
};
const key = (kid: string, signsFrom: number, alg = 'ES256'): SigningKey => ({
  kid,
  alg,
  jwk: { kty: 'EC' },
  createdAt: signsFrom,
  signsFrom,
});

describe('authorize/signing-keys', () => {
  it('makes the first key to sign at once, and the next one a day ahead', () => {
    expect(keysWanted([], plan, 5)).to.deep.equal([{ alg: 'ES256', signsFrom: 5 }]);
    const first = key('a', 0);
    expect(keysWanted([first], plan, 89 * DAY - 1)).to.deep.equal([]);
    expect(keysWanted([first], plan, 89 * DAY)).to.deep.equal([{ alg: 'ES256', signsFrom: 90 * DAY }]);
  });

  it('publishes before it signs, and verifies long after', () => {
    const [old, young] = [key('a', 0), key('b', 90 * DAY)];
    const order = (now: number) => inSigningOrder([old, young], plan, now).map(({ kid }) => kid);
    expect(order(89.5 * DAY)).to.deep.equal(['a', 'b']);
    expect(order(90 * DAY)).to.deep.equal(['b', 'a']);
    expect(withoutRetired([old, young], plan, 180 * DAY - 1)).to.have.length(2);
    expect(withoutRetired([old, young], plan, 180 * DAY).map(({ kid }) => kid)).to.deep.equal(['b']);
  });

  it('an asked-for rotation makes one, and asking again while it waits makes no more', () => {
    const first = key('a', 0);
    const [wanted] = keysWanted([first], plan, DAY, true);
    expect(wanted).to.deep.equal({ alg: 'ES256', signsFrom: 2 * DAY });
    expect(keysWanted([first, key('b', 2 * DAY)], plan, DAY + 1, true)).to.deep.equal([]);
  });

  it('over any life: always one key that signs, always published a day before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), (waits) => {
        let keys: SigningKey[] = [];
        let now = 0;
        let published = new Set<string>();
        for (const [i, days] of waits.entries()) {
          const wanted = keysWanted(keys, plan, now);
          keys = withoutRetired(
            [...keys, ...wanted.map(({ signsFrom }) => key(`k${i}`, signsFrom))],
            plan,
            now,
          );
          const [signs] = inSigningOrder(keys, plan, now);
          expect(signs!.signsFrom).to.be.at.most(now);
          if (i > 0) expect(published.has(signs!.kid)).to.equal(true);
          published = new Set(keys.map(({ kid }) => kid));
          now = Math.min(nextChange(keys, plan, now) ?? Infinity, now + days * DAY);
        }
      }),
    );
  });
});

describe('authorize/keyring', () => {
  it('processes that start at once agree, and hear of a rotation', async () => {
    const { store, close } = await tempStore();
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeyring(store, plan)));
    const kids = rings.map((ring) =>
      ring
        .current()
        .jwks.map(({ kid }) => kid)
        .join(),
    );
    expect(new Set(kids).size).to.equal(1);
    expect(new Set(rings.map((ring) => ring.current().cookieKeys.join())).size).to.equal(1);

    const heard = Promise.all(
      rings.map(
        (ring) =>
          new Promise<number>((resolve) => ring.onChange((set) => set.jwks.length === 2 && resolve(2))),
      ),
    );
    const made = await rings[0]!.rotate();
    expect(made).to.have.length(1);
    expect(await heard).to.deep.equal([2, 2, 2, 2]);
    await Promise.all(rings.map((ring) => ring.close()));
    await close();
  });
});
