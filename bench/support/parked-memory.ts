import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Allocator } from './allocator.ts';
import { COOKIE, openWaits } from './challenges.ts';
import type { Child } from './child.ts';
import { parkClients } from './parked-clients.ts';
import { startPeer } from './peer-server.ts';
import { addPeople } from './people.ts';
import type { Usage } from './probe.ts';
import { createInstallation, type RealServer } from './real-server.ts';
import { type Person, signIn } from './sign-in.ts';

/** Of the server and of raw http with as many parked, in turn with nobody, everybody and nobody there. */
export interface ParkedMemory {
  readonly before: Both;
  readonly during: Both;
  readonly after: Both;
  readonly lost: number;
}

export interface Both {
  readonly ours: Usage;
  readonly raw: Usage;
}

export interface ParkedOptions {
  readonly redisUrl: string;
  readonly allocator: Allocator;
  /** Browsers parked, and before that, once, so that code is loaded and pools have their size. */
  readonly count: number;
  readonly warm: number;
  /** V8 gives freed pages back to the system some seconds after a collection, ms. */
  readonly givesBackMs: number;
}

/** The server with everybody parked in it. */
export interface FullServer {
  readonly server: RealServer;
  readonly issuer: string;
  readonly person: Person;
}

/** @param whileParked what else is looked at meanwhile. */
export async function parkedMemory(
  { redisUrl, allocator, count, warm, givesBackMs }: ParkedOptions,
  whileParked: (full: FullServer) => Promise<void> = async () => {},
): Promise<ParkedMemory> {
  const installation = await createInstallation({ redisUrl, env: allocator.env });
  const raw = await startPeer('floor', redisUrl, 'floor:', allocator.env);
  try {
    const { issuer, services } = installation;
    const server = await installation.start();
    const [person] = (await addPeople(installation, 1)) as [Person];
    const waits = await openWaits(services.store, count, (i) => ({
      account: `crowd-${i}`,
      device: `crowd-${i}.x`,
    }));
    const paths = { ours: waits.map(({ pollPath }) => pollPath), raw: waits.map(strangersPoll) };
    for (const [port, list] of [
      [server.port, paths.ours],
      [raw.port, paths.raw],
    ] as const) {
      const clients = await parkClients(port, list.slice(0, warm), COOKIE);
      await delay(300);
      await clients.close();
    }
    await signIn(issuer, person);

    const before = await settled(server, raw, givesBackMs);
    const parkedRaw = await parkClients(raw.port, paths.raw, COOKIE);
    const parkedOurs = await parkClients(server.port, paths.ours, COOKIE);
    await delay(1000);
    const during = await settled(server, raw, givesBackMs);
    await whileParked({ server, issuer, person });
    const { lost } = await parkedOurs.counts();
    await parkedOurs.close();
    await parkedRaw.close();
    await delay(1000);
    return { before, during, after: await settled(server, raw, givesBackMs), lost };
  } finally {
    await raw.stop();
    await installation.close();
  }
}

/** As long as one of ours. */
function strangersPoll(): string {
  const [uid, chain] = [randomBytes(16), randomBytes(32)].map((bytes) => bytes.toString('base64url'));
  return `/interaction/${uid}/poll?c=${chain}&v=0123456789abcdef`;
}

/** After a collection, and once its pages and those of the young generation have been given back. */
async function settled(ours: Child, raw: Child, givesBackMs: number): Promise<Both> {
  for (const child of [ours, raw]) await child.usage(true);
  await delay(givesBackMs);
  return { ours: await ours.usage(true), raw: await raw.usage(true) };
}
