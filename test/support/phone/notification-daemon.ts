import { Arrivals } from './arrivals.ts';
import { SessionBus } from './session-bus.ts';

/** Desktop Notifications Specification 1.2. */
const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';
const CLOSED = { dismissed: 2, byApp: 3 } as const;

export interface ShownNotification {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  /** Buttons, and `default` for the notification itself, as key and label. */
  readonly actions: readonly { readonly key: string; readonly label: string }[];
}

/** The phone's notification shade: what a browser shows there, real taps and dismissals. */
export class NotificationDaemon {
  /** Everything that was ever shown; a changed notification is there twice. */
  readonly shown = new Arrivals<ShownNotification>('notification');
  private readonly session: SessionBus;
  private readonly present = new Map<number, ShownNotification>();
  private lastId = 0;

  private constructor(session: SessionBus) {
    this.session = session;
  }

  static async start(): Promise<NotificationDaemon> {
    const session = await SessionBus.start();
    const daemon = new NotificationDaemon(session);
    daemon.offer();
    await session.own(NAME);
    return daemon;
  }

  /** For the browser's `DBUS_SESSION_BUS_ADDRESS`, before it is started. */
  get address(): string {
    return this.session.address;
  }

  /** What is to be seen now, oldest first. */
  now(): readonly ShownNotification[] {
    return [...this.present.values()];
  }

  tap({ id }: ShownNotification, action = 'default'): void {
    this.signal('ActionInvoked', 'us', [id, action]);
    this.close(id, CLOSED.dismissed);
  }

  dismiss({ id }: ShownNotification): void {
    this.close(id, CLOSED.dismissed);
  }

  dismissAll(): void {
    for (const one of this.now()) this.dismiss(one);
  }

  stop(): Promise<void> {
    return this.session.stop();
  }

  private offer(): void {
    const methods = {
      Notify: (
        _app: string,
        replaces: number,
        _icon: string,
        title: string,
        body: string,
        pairs: readonly string[],
      ): number => {
        const id = replaces || ++this.lastId;
        const actions = pairs.flatMap((key, i) => (i % 2 === 0 ? [{ key, label: pairs[i + 1] ?? '' }] : []));
        const one = { id, title, body, actions };
        this.present.set(id, one);
        this.shown.add(one);
        return id;
      },
      CloseNotification: (id: number): void => this.close(id, CLOSED.byApp),
      GetCapabilities: () => ['actions', 'body', 'persistence'],
      GetServerInformation: () => ['Countersign tests', 'Countersign', '1', '1.2'],
    };
    this.session.bus.exportInterface(methods, PATH, {
      name: NAME,
      methods: {
        Notify: ['susssasa{sv}i', 'u'],
        CloseNotification: ['u', ''],
        GetCapabilities: ['', 'as'],
        GetServerInformation: ['', 'ssss'],
      },
      signals: { NotificationClosed: ['uu'], ActionInvoked: ['us'] },
    });
  }

  private close(id: number, reason: number): void {
    if (!this.present.delete(id)) return;
    this.signal('NotificationClosed', 'uu', [id, reason]);
    this.shown.changed();
  }

  private signal(name: string, signature: string, args: readonly unknown[]): void {
    this.session.bus.sendSignal(PATH, NAME, name, signature, args);
  }
}
