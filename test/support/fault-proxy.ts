import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A port in front of one server, on whose connections a test lays what networks do. */
export interface FaultProxy {
  readonly port: number;
  /** ms that every chunk takes from the client to the server; 0 for none. */
  delayMs: number;
  /** Whether a connection is broken as soon as the client says something. */
  cut: boolean;
  close(): Promise<void>;
}

export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => {}); // a broken connection is what this is for
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    far.pipe(near);
    forward(near, far);
  });

  /** Chunks stay in order, and many are under way at once, as on a long line. */
  function forward(near: Socket, far: Socket): void {
    let last: Promise<void> = Promise.resolve();
    near.on('data', (chunk: Buffer) => {
      if (proxy.cut) {
        near.resetAndDestroy();
        return;
      }
      const due = proxy.delayMs > 0 ? delay(proxy.delayMs) : undefined;
      last = Promise.all([last, due]).then(() => {
        if (!far.destroyed) far.write(chunk);
      });
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    cut: false,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
