import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port in front of several servers, as a load balancer is; `to` is the one that gets the connections. */
export interface TcpSwitch {
  readonly port: number;
  /** Breaks every connection there is; new ones go to that port. */
  turnTo(port: number): void;
  close(): Promise<void>;
}

export async function startTcpSwitch(): Promise<TcpSwitch> {
  let target: number | undefined;
  const open = new Set<Socket>();
  const breakAll = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (target === undefined) return near.destroy();
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => {}); // a broken connection is what this is for
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    turnTo(port) {
      target = port;
      breakAll();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      breakAll();
      await closed;
    },
  };
}
