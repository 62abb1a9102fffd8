import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLogger } from '../../src/audit/logger.ts';
import { redactText } from '../../src/audit/redact.ts';

function capture() {
  let text = '';
  const stream = {
    write: (line: string) => {
      text += line;
    },
  };
  return { log: createLogger({ level: 'debug', stream }), text: () => text };
}

const CANARY = 'canary0123456789canary';

describe('audit/logger', () => {
  it('writes JSON lines with ISO time, the level by name, message and fields', () => {
    const { log, text } = capture();
    log.info({ client: 'app' }, 'hello');
    log.trace('not at this level');
    const line = JSON.parse(text()) as Record<string, unknown>;
    expect(line).to.include({ level: 'info', client: 'app', msg: 'hello' });
    expect(line['time']).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(line).not.to.have.property('pid');
  });

  it('R49: no secret planted in a field, at any depth, in any spelling, reaches the log', () => {
    const fields = [
      ...[
        'password',
        'newPassword',
        'client_secret',
        'clientSecret',
        'number',
        'qr',
        'code',
        'user_code',
        'code_verifier',
      ],
      ...[
        'token',
        'access_token',
        'refreshToken',
        'id_token_hint',
        'Authorization',
        'Cookie',
        'set-cookie',
        'DPoP',
      ],
      ...[
        'endpoint',
        'p256dh',
        'auth',
        'jwk',
        'privateKey',
        'proof',
        'passwordHash',
        'registration_access_token',
      ],
    ];
    for (const field of fields) {
      const { log, text } = capture();
      log.info({ [field]: CANARY });
      log.warn({ a: { b: [{ [field]: CANARY }] } }, 'deep');
      log.child({ [field]: CANARY, ctx: { [field]: CANARY } }).error('from a child');
      log.info('%s and %j', 'text', { [field]: CANARY });
      expect(text(), field).not.to.contain(CANARY);
      expect(text().trim().split('\n'), field).to.have.length(4);
    }
  });

  it('R49: no secret planted in a text, a URL, an error or its cause reaches the log', () => {
    const jws = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';
    const texts = [
      `GET /cb?code=${CANARY}&state=s`,
      `/authorize?client_id=a&id_token_hint=${CANARY}`,
      `https://app.example/cb#access_token=${CANARY}`,
      `grant_type=x&refresh_token=${CANARY}`,
      `Authorization: Bearer ${CANARY}`,
      `Basic ${CANARY}`,
      `redis://user:${CANARY}@redis.example:6379/0`,
      `https://fcm.googleapis.com/fcm/send/${CANARY}`,
      `https://updates.push.services.mozilla.com/wpush/v2/${CANARY}`,
      `$argon2id$v=19$m=64,t=1,p=1$c2FsdA$${CANARY}`,
      `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
    ];
    for (const secret of texts) {
      const { log, text } = capture();
      log.info(secret);
      log.info({ url: secret, list: [secret] }, 'request to %s', secret);
      log.child({ path: secret }).info('child');
      log.error(
        Object.assign(new Error(secret, { cause: new Error(secret) }), { config: { secret }, code: CANARY }),
      );
      log.error({ err: new Error(secret) }, 'failed');
      expect(text(), secret).not.to.contain(CANARY);
      expect(text().trim().split('\n'), secret).to.have.length(5);
    }
    expect(redactText(`proof ${jws} end`)).to.equal('proof [redacted] end');
  });

  it('keeps what helps: error code, message and stack, status, the rest of a URL', () => {
    const { log, text } = capture();
    const error = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', status: 503 });
    log.error({ err: error, path: '/authorize?client_id=app&code=x' }, 'no store');
    const line = JSON.parse(text()) as { err: Record<string, unknown>; path: string };
    expect(line.err).to.include({
      type: 'Error',
      message: 'connect refused',
      code: 'ECONNREFUSED',
      status: 503,
    });
    expect(line.err['stack']).to.contain('logger.test.ts');
    expect(line.path).to.equal('/authorize?client_id=app&code=[redacted]');
  });

  it('F8: survives hostile values', () => {
    const { log, text } = capture();
    const circle: Record<string, unknown> = {
      big: 10n,
      bytes: new Uint8Array(3),
      url: new URL('https://a.example/?code=c'),
    };
    circle['self'] = circle;
    log.info(circle, 'circle');
    log.info(JSON.parse('{"__proto__":{"password":"p"},"x":"\\u0000\\ud800"}'), 'proto');
    log.info({ long: 'x'.repeat(100_000) });
    const lines = text().trim().split('\n');
    expect(lines).to.have.length(3);
    for (const line of lines) expect(() => JSON.parse(line)).not.to.throw();
    expect(text().length).to.be.lessThan(20_000);
    expect(text()).not.to.contain('"p"');
  });

  it('F8: cleans hostile texts in linear time', () => {
    const pieces = [
      'eyJ',
      '://',
      ':',
      'https://a.',
      'Basic ',
      '-----BEGIN PRIVATE KEY',
      '&token',
      ' code=',
      '$argon2id$',
      '"',
    ];
    const started = performance.now();
    for (const piece of pieces) redactText(`://${piece.repeat(10_000)}`);
    expect(performance.now() - started).to.be.lessThan(500);
  });

  it('appends to a file that only its owner reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-log-'));
    try {
      const file = join(folder, 'logs', 'countersign.log');
      createLogger({ level: 'info', file }).info('one');
      createLogger({ level: 'info', file }).info('two');
      expect((await readFile(file, 'utf8')).trim().split('\n')).to.have.length(2);
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
