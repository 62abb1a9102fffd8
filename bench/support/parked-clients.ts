import { connect, type Socket } from 'node:net';
import { type Child, startChild } from './child.ts';

/** Browsers that wait: each one kept-alive connection with one long poll, asked again whenever it is answered. */
export interface ParkedClients {
  /** Answered and asked again so far, and connections lost. */
  counts(): Promise<{ readonly answers: number; readonly lost: number }>;
  close(): Promise<void>;
}

const PER_PROCESS = 5_000;

/** Opens one connection for each path, in processes of their own; resolves when all are sent and parked. */
export async function parkClients(
  port: number,
  paths: readonly string[],
  cookie: string,
): Promise<ParkedClients> {
  const children: Child[] = [];
  for (let from = 0; from < paths.length; from += PER_PROCESS) {
    const child = startChild(`${import.meta.dirname}/parked-clients-process.ts`);
    children.push(child);
    await child.ask('park', { port, cookie, paths: paths.slice(from, from + PER_PROCESS) });
  }
  return {
    async counts() {
      const all = await Promise.all(
        children.map((child) => child.ask<{ answers: number; lost: number }>('counts')),
      );
      const sum = (key: 'answers' | 'lost') => all.reduce((total, one) => total + one[key], 0);
      return { answers: sum('answers'), lost: sum('lost') };
    },
    async close() {
      await Promise.all(children.map((child) => child.ask('close')));
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

export function openParked(
  port: number,
  request: string,
  onAnswer: () => void,
  onLost: () => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      socket.on('close', onLost);
      socket.on('data', (chunk: Buffer) => {
        // One small answer is one chunk.
        if (chunk.toString('latin1', 0, 8) !== 'HTTP/1.1') return;
        onAnswer();
        socket.write(request);
      });
      socket.write(request, () => resolve(socket));
    });
  });
}
