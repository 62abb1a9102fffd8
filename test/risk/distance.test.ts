import { expect } from 'chai';
import fc from 'fast-check';
import { distanceKm, surelyApartKm } from '../../src/risk/distance.ts';

const bern = { lat: 46.948, lon: 7.4474, accuracyKm: 20 };
const oslo = { lat: 59.9139, lon: 10.7522, accuracyKm: 50 };

const anywhere = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
  accuracyKm: fc.double({ min: 0, max: 1000, noNaN: true }),
});

describe('risk/distance', () => {
  it('is what maps say, over the date line and the poles, too', () => {
    expect(distanceKm(bern, oslo)).to.be.closeTo(1459, 10);
    expect(distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 })).to.be.closeTo(111.2, 0.1);
    expect(distanceKm({ lat: 89, lon: 0 }, { lat: 89, lon: 180 })).to.be.closeTo(222.4, 0.1);
    expect(distanceKm({ lat: 0, lon: 0 }, { lat: 0, lon: 180 })).to.be.closeTo(20_015, 1);
  });

  it('takes the accuracy of both places off, and knows when it knows nothing', () => {
    expect(surelyApartKm(bern, oslo)).to.be.closeTo(distanceKm(bern, oslo) - 70, 0.001);
    expect(surelyApartKm(bern, { ...bern, lat: 47 })).to.equal(0);
    expect(surelyApartKm(bern, null)).to.equal(null);
    expect(surelyApartKm(null, oslo)).to.equal(null);
  });

  it('is a distance: symmetric, never negative, no longer than half the earth, no way round shorter (property)', () => {
    fc.assert(
      fc.property(anywhere, anywhere, anywhere, (a, b, c) => {
        expect(distanceKm(a, b)).to.be.within(0, 20_016);
        expect(distanceKm(a, b)).to.be.closeTo(distanceKm(b, a), 1e-6);
        expect(distanceKm(a, a)).to.be.closeTo(0, 1e-6);
        expect(distanceKm(a, c)).to.be.at.most(distanceKm(a, b) + distanceKm(b, c) + 1e-3);
        expect(surelyApartKm(a, b)!).to.be.within(0, distanceKm(a, b));
      }),
    );
  });
});
