import type { TLSSocket } from 'node:tls';
import { field, readVarint, varint } from './protobuf.ts';

/** Message tags of MCS, the protocol by which Chromium waits for pushes. */
const TAG = { heartbeatPing: 0, heartbeatAck: 1, loginRequest: 2, loginResponse: 3, dataMessage: 8 } as const;
const VERSION = 41;

export interface DataMessage {
  readonly id: string;
  readonly sender: string;
  readonly app: string;
  readonly subtype: string;
  readonly body: Buffer;
}

/** The server's end of one MCS connection: answers the login and the heartbeats, sends data messages. */
export class McsConnection {
  private readonly socket: TLSSocket;
  private readonly onLogin: (connection: McsConnection) => void;
  private unread: Buffer = Buffer.alloc(0);
  private started = false;

  constructor(socket: TLSSocket, onLogin: (connection: McsConnection) => void) {
    this.socket = socket;
    this.onLogin = onLogin;
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      this.unread = Buffer.concat([this.unread, data]);
      this.read();
    });
  }

  send({ id, sender, app, subtype, body }: DataMessage): void {
    const pair = (key: string, value: string) => field(7, Buffer.concat([field(1, key), field(2, value)]));
    this.write(
      TAG.dataMessage,
      Buffer.concat([
        field(2, id),
        field(3, sender),
        field(5, app),
        pair('subtype', subtype),
        pair('content-encoding', 'aes128gcm'),
        field(9, id),
        field(21, body),
      ]),
    );
  }

  private read(): void {
    let at = this.started ? 0 : 1; // the first byte is the version
    for (;;) {
      const tag = this.unread[at];
      const length = readVarint(this.unread, at + 1);
      if (tag === undefined || !length) break;
      const end = at + 1 + length.size + length.value;
      if (end > this.unread.length) break;
      this.take(tag);
      at = end;
      this.started = true;
    }
    if (this.started) this.unread = this.unread.subarray(at);
  }

  private take(tag: number): void {
    if (tag === TAG.loginRequest) {
      this.socket.write(Buffer.of(VERSION));
      this.write(TAG.loginResponse, field(1, 'login'));
      this.onLogin(this);
    }
    if (tag === TAG.heartbeatPing) this.write(TAG.heartbeatAck, Buffer.alloc(0));
  }

  private write(tag: number, message: Buffer): void {
    this.socket.write(Buffer.concat([Buffer.of(tag), varint(message.length), message]));
  }
}
