import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * `window.phone`: the protocol's own code with a WebCrypto key, and what a browser has for credentials. Every call gives
 * `ok`, a state, or the error's code or name.
 */
const SCRIPT = `
import { createDeviceClient } from './src/protocol/device-client.ts';
import { webCryptoKey } from './test/support/web-crypto-key.ts';

const said = (promise) => promise.then((value) => value?.state ?? 'ok', (error) => error.code || error.name);
const { parseCreationOptionsFromJSON, parseRequestOptionsFromJSON } = PublicKeyCredential;

window.phone = {
  async enrol(issuer, secret) {
    const key = await webCryptoKey('ES256');
    this.client = createDeviceClient({ issuer, key, fetch: (...args) => fetch(...args) });
    return said(this.client.enrol({ ticket: { secret }, name: 'A real browser', kind: 'web' }));
  },
  register() {
    return said(this.client.registerApprovalCredential(async (options) => {
      const credential = await navigator.credentials.create({ publicKey: parseCreationOptionsFromJSON(options) });
      return credential.toJSON();
    }).then(() => undefined));
  },
  async answer(id, decision, number, how = {}) {
    const challenge = await this.client.challenge(id);
    const assert = async (options) => {
      const asked = { ...options, ...how.ask };
      const credential = await navigator.credentials.get({ publicKey: parseRequestOptionsFromJSON(asked) });
      return credential.toJSON();
    };
    return said(this.client.answer(challenge, decision, { number }, how.leftOut ? undefined : assert));
  },
};
// NotAllowedError has a number for a code, of old.
Object.defineProperty(DOMException.prototype, 'code', { value: '' });
`;

const ROOT = join(import.meta.dirname, '../..');

/** An empty page of the authenticator's origin, and the same page on another origin, without the real authenticator. */
export async function startCredentialPage() {
  const bundled = await build({
    stdin: { contents: SCRIPT, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  const script = bundled.outputFiles[0]!.text;
  const server = createServer((request, response) => {
    if (request.url === '/script.js')
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    else
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end('<!doctype html><html lang="en"><title>A phone</title><script src="/script.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://auth.localhost:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
