import { expect } from 'chai';
import { createSmtp, MailFailed, type SmtpOptions } from '../../src/mail/smtp.ts';
import { SINK_PASSWORD, SINK_USER, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const MAIL = { to: 'ada@example.com', subject: 'Hello', text: 'text', html: '<p>html</p>' };

describe('mail/smtp', () => {
  const sinks: SmtpSink[] = [];
  const open = async (options: Parameters<typeof startSmtpSink>[0]) => {
    const sink = await startSmtpSink(options);
    sinks.push(sink);
    return sink;
  };
  after(() => Promise.all(sinks.map((sink) => sink.stop())));

  const smtp = (sink: SmtpSink, changes: Partial<SmtpOptions> = {}) =>
    createSmtp({
      host: '127.0.0.1',
      port: sink.port,
      security: 'starttls',
      from: { address: 'no-reply@id.example' },
      ca: sink.ca,
      timeoutMs: 2000,
      name: 'id.example',
      ...changes,
    });
  const failing = async (work: Promise<void>): Promise<MailFailed> => {
    const error = await work.then(
      () => expect.fail('it was taken'),
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(MailFailed);
    return error as MailFailed;
  };

  it('sends by STARTTLS, by TLS from the start, and in the clear only where told to', async () => {
    for (const [sink, security] of [
      [await open({}), 'starttls'],
      [await open({ secure: true }), 'tls'],
      [await open({ starttls: false }), 'none'],
    ] as const) {
      await smtp(sink, { security }).send(MAIL);
      expect(sink.received).to.have.length(1);
      expect(sink.received[0]!.secure).to.equal(security !== 'none');
    }
  });

  it('sends nothing, and no password, to a server without STARTTLS or with another certificate', async () => {
    const auth = { user: SINK_USER, pass: SINK_PASSWORD };
    const clear = await open({ starttls: false });
    expect((await failing(smtp(clear, { auth }).send(MAIL))).permanent).to.equal(false);
    const [one, other] = [await open({ auth: true }), await open({ auth: true })];
    await failing(smtp(one, { auth, ca: other.ca }).send(MAIL));
    const { ca: _, ...usual } = { ca: one.ca };
    await failing(createSmtp({ ...optionsOf(one), ...usual, auth }).send(MAIL));
    expect([...clear.received, ...one.received]).to.deep.equal([]);
  });
  const optionsOf = (sink: SmtpSink): SmtpOptions => ({
    host: '127.0.0.1',
    port: sink.port,
    security: 'starttls',
    from: { address: 'no-reply@id.example' },
    timeoutMs: 2000,
    name: 'id.example',
  });

  it('tells what trying again may help from what it cannot, in a word without the address', async () => {
    const sink = await open({ auth: true });
    const auth = { user: SINK_USER, pass: SINK_PASSWORD };
    expect((await failing(smtp(sink, { auth: { ...auth, pass: 'wrong' } }).send(MAIL))).permanent).to.equal(
      false,
    );
    sink.refuse.push({ code: 550, message: 'no such mailbox' });
    const refused = await failing(smtp(sink, { auth }).send(MAIL));
    expect(refused).to.include({ permanent: true, reason: '550' });
    sink.refuse.push({ code: 451, message: 'later' });
    expect(await failing(smtp(sink, { auth }).send(MAIL))).to.include({ permanent: false, reason: '451' });
  });

  it('puts no second recipient or header into a mail, whatever its parts say', async () => {
    const sink = await open({});
    await smtp(sink)
      .send({ ...MAIL, subject: 'Hi\r\nBcc: eve@example.com', to: 'ada@example.com' })
      .catch(() => {});
    for (const to of ['ada@example.com, eve@example.com', 'ada@example.com\r\nRCPT TO:<eve@example.com>'])
      await smtp(sink)
        .send({ ...MAIL, to })
        .catch(() => {});
    for (const { to, raw } of sink.received) {
      expect(to.filter((address) => address.startsWith('eve'))).to.deep.equal([]);
      expect(raw).not.to.match(/^Bcc:/m);
    }
  });
});
