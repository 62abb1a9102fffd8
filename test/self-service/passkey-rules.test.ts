import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openAccount, postTo } from '../support/account-steps.ts';
import { askOptions, postPasskey } from '../support/passkey-steps.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { createWorld } from '../support/walk-world.ts';

describe('self-service: which passkeys may be made', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-roots-'));
    await writeFile(join(folder, 'root.pem'), selfSignedCertificate(['root']).cert);
  });
  after(() => rm(folder, { recursive: true }));

  for (const [what, reason, rules] of [
    ['an attestation that leads to no root', 'attestation', { attestation: 'required' }],
    ['a model that is not on the list', 'model', { allowedModels: ['d8522d9f-575b-4866-88a9-ba99fa02f35b'] }],
  ] as const)
    it(`R47: ${what} is refused, where policy says so, and nobody is asked`, async () => {
      const passkeys = { ...rules, ...('attestation' in rules ? { roots: [join(folder, 'root.pem')] } : {}) };
      const world = await createWorld({ config: { passkeys } });
      try {
        const browser = new TestBrowser();
        const page = await postTo(browser, await openAccount(world, browser), '/add-passkey');
        const options = (await askOptions(browser, page)) as unknown as Parameters<
          SoftwareAuthenticator['create']
        >[0];
        const made = new SoftwareAuthenticator(world.issuer).createPasskey(options);
        const refused = await postPasskey(browser, page, made);
        expect([refused.status, refused.text.includes('not allowed here')]).to.deep.equal([400, true]);
        await world.server.services.audit.flush();
        const { events } = await world.server.services.audit.read({ category: 'attempt' }, { limit: 100 });
        const reasons = events.flatMap(({ event }) => (event.type === 'passkey.refused' ? event.reason : []));
        expect(reasons).to.deep.equal([reason]);
        expect(await world.person('alice').device!.waiting()).to.have.length(0);
      } finally {
        await world.close();
      }
    });
});
