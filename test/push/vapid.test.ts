import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createVapid, generateVapidKeys, loadVapidKeys } from '../../src/push/vapid.ts';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { HOUR } from '../../src/store/keys.ts';

const subject = 'mailto:admin@example.org';

function claims(field: string): { aud: string; exp: number; sub: string } {
  const payload = /t=[\w-]+\.([\w-]+)\./.exec(field)?.[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

describe('push/vapid', () => {
  it('R46: aud is the origin, exp at most 24 h ahead, sub the contact', async () => {
    const at = 1_800_000_000_000;
    const authorization = createVapid({ keys: await generateVapidKeys(), subject, now: () => at });
    const { aud, exp, sub } = claims(authorization('https://fcm.googleapis.com'));
    expect(aud).to.equal('https://fcm.googleapis.com');
    expect(exp).to.equal(at / 1000 + 12 * 3600);
    expect(sub).to.equal(subject);
  });

  it('R46: keeps the field for each push service and makes it anew at half its life', async () => {
    let at = 1_800_000_000_000;
    const authorization = createVapid({ keys: await generateVapidKeys(), subject, now: () => at });
    const first = authorization('https://a.example');
    const other = authorization('https://b.example');
    expect(claims(other).aud).to.equal('https://b.example');
    at += 6 * HOUR - 1;
    expect(authorization('https://a.example')).to.equal(first);
    at += 1;
    const second = authorization('https://a.example');
    expect(second).to.not.equal(first);
    expect(claims(second).exp).to.equal(claims(first).exp + 6 * 3600);
  });

  it('R46: a clock set back never leaves a token that is more than 24 h ahead', async () => {
    let at = 1_800_000_000_000;
    const authorization = createVapid({ keys: await generateVapidKeys(), subject, now: () => at });
    authorization('https://a.example');
    at -= 48 * HOUR;
    expect(claims(authorization('https://a.example')).exp).to.be.at.most(at / 1000 + 24 * 3600);
  });

  it('refuses a subject that push services refuse', async () => {
    const keys = await generateVapidKeys();
    for (const bad of ['admin@example.org', 'mailto: admin@example.org', 'http://example.org', '']) {
      expect(() => createVapid({ keys, subject: bad }), bad).to.throw(TypeError);
    }
    expect(() => createVapid({ keys, subject: 'https://example.org/contact' })).to.not.throw();
  });

  it('the keys are made once: processes that start at the same time agree, and a restart keeps them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vapid-'));
    const file = join(folder, 'store.db');
    const one = await openEmbedded({ file });
    const two = await openEmbedded({ file });
    const loaded = await Promise.all([one, two, one, two].map(loadVapidKeys));
    expect(new Set(loaded.map(({ publicKey }) => publicKey)).size).to.equal(1);
    await Promise.all([one.close(), two.close()]);
    const again = await openEmbedded({ file });
    expect(await loadVapidKeys(again)).to.deep.equal(loaded[0]);
    await again.close();
    await rm(folder, { recursive: true });
  });
});
