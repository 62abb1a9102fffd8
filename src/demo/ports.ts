import { createServer } from 'node:net';
import { DemoProblem } from './demo-problem.ts';

/** `localhost` is both; a stranger on either one would answer some browsers in our place. */
const LOOPBACK = ['127.0.0.1', '::1'];

/** @throws DemoProblem that names the port and the flag */
export async function assertPortFree(port: number, flag: '--port' | '--app-port'): Promise<void> {
  for (const host of LOOPBACK) {
    const code = await tryListening(host, port);
    if (code === 'EADDRINUSE') {
      const other = port < 65_000 ? port + 100 : port - 100;
      const text = `Port ${port} is taken: another program listens there. Stop it, or choose another port: ${flag} ${other}`;
      throw new DemoProblem(text);
    }
    if (code === 'EACCES') {
      throw new DemoProblem(`Port ${port} may not be used by this user. Choose one above 1023: ${flag} 3000`);
    }
  }
}

/** A port of the loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    if ((await tryListening('::1', port)) !== 'EADDRINUSE') return port;
  }
}

/** The error code of listening, or nothing when it worked. A machine without IPv6 gives EADDRNOTAVAIL or EAFNOSUPPORT. */
function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
