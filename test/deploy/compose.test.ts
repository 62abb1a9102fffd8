import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true });

  it("fits the compose specification's own JSON schema", () => {
    const { $schema: _, ...schema } = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json'));
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    expect(validate(compose), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...compose, services: { redis: { imagee: 'redis' } } })).to.equal(false);
  });

  it('keeps Redis durable and never evicting, and waits for health before the front opens', () => {
    const { services } = compose;
    expect(services.redis.command.join(' ')).to.include('--appendonly yes').and.include('noeviction');
    expect(services.redis.ports).to.equal(undefined);
    for (const name of ['server-1', 'server-2']) {
      expect(services[name].depends_on.redis.condition).to.equal('service_healthy');
      expect(services.front.depends_on[name].condition).to.equal('service_healthy');
    }
    expect(services['server-1'].environment.COUNTERSIGN_HTTP_TRUSTED_PROXIES).to.equal(
      services.front.networks.outside.ipv4_address,
    );
  });
});
