import { expect } from 'chai';
import encodeQR from 'qr';
import { qrSvg } from '../../src/http/qr-svg.ts';

describe('http/qr-svg', () => {
  it('draws exactly the modules of the code', () => {
    const text = 'countersign:approve?c=abc&s=def';
    const svg = qrSvg(text, 'A "code"');
    const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
    const drawn = modules.map((row) => row.map(() => false));
    for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let i = 0; i < Number(width); i++) drawn[Number(y)]![Number(x) + i] = true;
    }
    expect(drawn).to.deep.equal(modules.map((row) => row.map(Boolean)));
    expect(svg).to.include('aria-label="A &#34;code&#34;"').and.not.include('style');
  });
});
