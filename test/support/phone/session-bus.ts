import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type MessageBus, sessionBus } from '@homebridge/dbus-native';

// The library's own types leave out the side that offers something.
declare module '@homebridge/dbus-native' {
  interface InterfaceDescription {
    readonly name: string;
    /** Signatures of what goes in and what comes out. */
    readonly methods: Readonly<Record<string, readonly [string, string]>>;
    readonly signals?: Readonly<Record<string, readonly [string]>>;
  }
  interface MessageBus {
    exportInterface(methods: object, path: string, description: InterfaceDescription): void;
    requestName(name: string, flags: number, callback: (error: unknown, code: number) => void): void;
    sendSignal(path: string, iface: string, name: string, signature: string, args: readonly unknown[]): void;
  }
  function sessionBus(options: { busAddress: string }): MessageBus;
}

const PRIMARY_OWNER = 1;

/** A D-Bus session bus of its own (`dbus-daemon`), so that no desktop is asked and two phones do not meet. */
export class SessionBus {
  /** For `DBUS_SESSION_BUS_ADDRESS`. */
  readonly address: string;
  readonly bus: MessageBus;
  private readonly daemon: ChildProcess;
  private readonly folder: string;

  private constructor(daemon: ChildProcess, folder: string, address: string) {
    this.daemon = daemon;
    this.folder = folder;
    this.address = address;
    this.bus = sessionBus({ busAddress: address });
  }

  static async start(): Promise<SessionBus> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bus-'));
    const args = [
      '--session',
      '--nofork',
      '--nopidfile',
      '--print-address',
      `--address=unix:path=${folder}/bus`,
    ];
    const daemon = spawn('dbus-daemon', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const failed = once(daemon, 'error').then(([error]) => Promise.reject(error));
    const lines = createInterface(daemon.stdout);
    const [address] = await Promise.race([once(lines, 'line'), failed]);
    return new SessionBus(daemon, folder, address);
  }

  /** @throws Error when somebody has the name already. */
  async own(name: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.bus.requestName(name, 0, (error, code) => {
        if (code === PRIMARY_OWNER) resolve();
        else reject(new Error(`the bus does not give the name ${name}: ${JSON.stringify(error ?? code)}`));
      });
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.daemon, 'exit');
    this.bus.connection.on('error', () => {});
    this.bus.connection.stream.destroy();
    this.daemon.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
