import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { assertionChallenge } from '../../src/protocol/approval-credential.ts';
import { DEVICE_ERRORS } from '../../src/protocol/errors.ts';
import { makeVectors } from '../support/make-vectors.ts';

describe('docs/device-protocol.md', () => {
  let page: string;
  before(async () => {
    page = await readFile(new URL('../../docs/device-protocol.md', import.meta.url), 'utf8');
  });

  it('prints every error code with its status and sentence, and no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm)].map(
      ([, code, status, text]) => [code, Number(status), text],
    );
    expect(rows).to.deep.equal(
      Object.entries(DEVICE_ERRORS).map(([code, { status, text }]) => [code, status, text]),
    );
  });

  it('shows the bytes of the vectors', async () => {
    const { keys, contexts, answers } = await makeVectors();
    const jws = answers[0]?.jws ?? '';
    const challenge = await assertionChallenge(jws);
    for (const bytes of [keys[0]?.fingerprint, contexts[0]?.canonical, contexts[0]?.ctx, jws, challenge]) {
      expect(page).to.contain(bytes);
    }
  });
});
