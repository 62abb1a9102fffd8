import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { answerAsks } from './child.ts';
import type { PeerMode } from './peer-server.ts';

const HOLD_MS = 55_000;
const REREAD_MS = 500;
const DECIDE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', 1800000) redis.call('PUBLISH', ARGV[3], ARGV[4]) return 1`;

const parked = new Map<string, { response: ServerResponse; timer: NodeJS.Timeout }>();
const keyObjects = new Map<string, KeyObject>();

answerAsks({
  async listen({ mode, redisUrl, prefix }: { mode: PeerMode; redisUrl: string; prefix: string }) {
    const redis = new Redis(redisUrl);
    const channel = `${prefix}wake`;
    redis.defineCommand('decide', { numberOfKeys: 1, lua: DECIDE });
    const decide = (redis as unknown as { decide(...args: string[]): Promise<number> }).decide.bind(redis);
    const key = (chain: string) => `${prefix}challenge:${chain}`;

    function reply(response: ServerResponse, state: string): void {
      const body = JSON.stringify({ state });
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body);
    }

    async function wake(chain: string): Promise<void> {
      const found = parked.get(chain);
      if (!found) return;
      parked.delete(chain);
      clearTimeout(found.timer);
      if (mode === 'work') {
        const record = await redis.get(key(chain));
        reply(found.response, record?.includes('"approved"') ? 'approved' : 'pending');
      } else reply(found.response, 'approved');
    }

    if (mode !== 'reread') {
      const subscriber = new Redis(redisUrl);
      await subscriber.subscribe(channel);
      subscriber.on('message', (_channel, chain) => void wake(chain));
    }

    async function poll(chain: string, response: ServerResponse): Promise<void> {
      if (mode === 'reread') {
        const until = Date.now() + HOLD_MS;
        for (;;) {
          const approved = (await redis.get(key(chain))) === 'approved';
          if (approved || Date.now() > until) return reply(response, approved ? 'approved' : 'pending');
          await delay(REREAD_MS);
        }
      }
      const timer = setTimeout(() => {
        parked.delete(chain);
        reply(response, 'pending');
      }, HOLD_MS);
      parked.set(chain, { response, timer });
      response.once('close', () => {
        clearTimeout(timer);
        if (parked.get(chain)?.response === response) parked.delete(chain);
      });
    }

    async function answer(chain: string, jws: string, response: ServerResponse): Promise<void> {
      if (mode === 'floor') await redis.publish(channel, chain);
      else if (mode === 'reread') await redis.set(key(chain), 'approved', 'PX', 1_800_000);
      else await decideWith(chain, jws);
      reply(response, 'approved');
    }

    async function decideWith(chain: string, jws: string): Promise<void> {
      const [header = '', claims = '', signature = ''] = jws.split('.');
      const record = await redis.get(key(chain));
      if (record === null) throw new Error('no challenge');
      const challenge = JSON.parse(record) as { jwk: JsonWebKey; context: object; state: string };
      const id = JSON.stringify(challenge.jwk);
      const publicKey = keyObjects.get(id) ?? createPublicKey({ key: challenge.jwk, format: 'jwk' });
      keyObjects.set(id, publicKey);
      const signed = Buffer.from(`${header}.${claims}`);
      if (!verify(null, signed, publicKey, Buffer.from(signature, 'base64url'))) throw new Error('signature');
      createHash('sha256').update(JSON.stringify(challenge.context)).digest('base64url');
      await decide(key(chain), record, JSON.stringify({ ...challenge, state: 'approved' }), channel, chain);
    }

    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (request.method === 'GET') return void poll(url.searchParams.get('c') ?? '', response);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const jws = Buffer.concat(chunks).toString();
        answer(url.pathname.slice('/answer/'.length), jws, response).catch(() =>
          response.writeHead(500).end(),
        );
      });
    });
    server.keepAliveTimeout = 65_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
});
