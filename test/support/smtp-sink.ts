import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { type SelfSigned, selfSignedCertificate } from './self-signed-certificate.ts';

export interface ReceivedMail {
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface SmtpSink {
  readonly port: number;
  /** PEM to trust. */
  readonly ca: string;
  readonly received: ReceivedMail[];
  /** Answers the next recipients so, in order, before it takes any. */
  refuse: { code: number; message: string }[];
  /** Resolves once so many mails came. @throws Error after 10 s. */
  waitFor(count: number): Promise<readonly ReceivedMail[]>;
  stop(): Promise<void>;
}

export const SINK_USER = 'countersign';
export const SINK_PASSWORD = 'the password of the mail server';

/**
 * An SMTP server that keeps what it is given.
 *
 * @param options.starttls offers STARTTLS; without it everything is in the clear.
 * @param options.auth asks for user and password, once the connection is encrypted.
 */
export async function startSmtpSink(
  options: { starttls?: boolean; secure?: boolean; auth?: boolean } = {},
): Promise<SmtpSink> {
  const { starttls = true, secure = false, auth = false } = options;
  const { key, cert }: SelfSigned = selfSignedCertificate(['localhost', '127.0.0.1']);
  const received: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const sink = { refuse: [] as { code: number; message: string }[] };
  const server = new SMTPServer({
    key,
    cert,
    secure,
    authOptional: !auth,
    disabledCommands: starttls || secure ? [] : ['STARTTLS'],
    onAuth({ username, password }, _session, callback) {
      const right = username === SINK_USER && password === SINK_PASSWORD;
      callback(right ? null : new Error('no'), right ? { user: username } : undefined);
    },
    onRcptTo(_address, _session, callback) {
      const next = sink.refuse.shift();
      callback(next ? Object.assign(new Error(next.message), { responseCode: next.code }) : null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          secure: session.secure,
          user: session.user as string | undefined,
        });
        callback();
        for (const look of waiting) look();
      });
    },
  });
  server.on('error', () => {}); // a client that does not trust the certificate goes away
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(sink, {
    port,
    ca: cert,
    received,
    waitFor: (count: number) =>
      new Promise<readonly ReceivedMail[]>((resolve, reject) => {
        const limit = setTimeout(
          () => reject(new Error(`${received.length} of ${count} mails came`)),
          10_000,
        );
        const look = () => {
          if (received.length < count) return;
          clearTimeout(limit);
          waiting.delete(look);
          resolve([...received]);
        };
        waiting.add(look);
        look();
      }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}
