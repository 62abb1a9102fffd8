import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createWorld, type World } from '../support/walk-world.ts';

const FORM = 'application/x-www-form-urlencoded';

describe('attacks: compressed bodies', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('F8 F9: a body with a content coding, whole or broken, is refused and ends no process', async () => {
    const text = Buffer.from(`a=${'b'.repeat(1000)}`);
    const [br, gzip] = [brotliCompressSync(text), gzipSync(text)];
    const bombs: [string, Buffer][] = [
      ['br', br],
      ['br', br.subarray(0, -3)],
      ['br', Buffer.alloc(0)],
      ['br', text],
      ['gzip', gzip],
      ['gzip', gzip.subarray(0, -9)],
      ['gzip', Buffer.concat([gzip, text])],
      ['deflate', text],
      ['nonsense', text],
    ];
    const paths = ['/authorize', '/interaction/x/login', '/token', '/par', '/api/enrolments', '/device'];
    for (const path of paths) {
      for (const [coding, body] of bombs) {
        const { status } = await fetch(world.issuer + path, {
          method: 'POST',
          headers: { 'content-type': FORM, 'content-encoding': coding, 'sec-fetch-site': 'same-origin' },
          body: body as Uint8Array<ArrayBuffer>,
        });
        expect(status, `${path} ${coding} ${body.length}`).to.be.within(400, 499);
      }
    }
    expect((await fetch(`${world.issuer}/readyz`)).status).to.equal(200);
  });
});
