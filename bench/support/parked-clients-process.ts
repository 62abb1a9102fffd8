import type { Socket } from 'node:net';
import { answerAsks } from './child.ts';
import { openParked } from './parked-clients.ts';

const AT_ONCE = 100;
const sockets: Socket[] = [];
let answers = 0;
let lost = 0;
let closing = false;

answerAsks({
  async park({ port, cookie, paths }: { port: number; cookie: string; paths: string[] }) {
    for (let from = 0; from < paths.length; from += AT_ONCE) {
      const opened = paths.slice(from, from + AT_ONCE).map((path) =>
        openParked(
          port,
          `GET ${path} HTTP/1.1\r\nhost: localhost:${port}\r\ncookie: ${cookie}\r\n\r\n`,
          () => answers++,
          () => {
            if (!closing) lost++;
          },
        ),
      );
      sockets.push(...(await Promise.all(opened)));
    }
  },
  counts: () => ({ answers, lost }),
  close() {
    closing = true;
    for (const socket of sockets) socket.destroy();
  },
});
