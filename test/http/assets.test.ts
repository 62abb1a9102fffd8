import { join } from 'node:path';
import { expect } from 'chai';
import Koa from 'koa';
import { loadAssets } from '../../src/http/assets.ts';
import { serveAssets } from '../../src/http/assets-routes.ts';
import { VIEWS } from '../support/page-server.ts';

describe('http/assets', () => {
  const assets = loadAssets(join(VIEWS, 'assets'));

  it('names a file by its content and keeps it for ever', () => {
    const url = assets.url('countersign.css');
    expect(url).to.match(/^\/assets\/countersign\.[\w-]{16}\.css$/);
    const asset = assets.find(url)!;
    expect(asset.type).to.equal('text/css; charset=utf-8');
    expect(asset.headers['Cache-Control']).to.include('immutable');
    expect(asset.body.toString()).to.include('.card');
  });

  it('finds nothing under a plain name, another hash or a path that climbs', () => {
    for (const path of [
      '/assets/countersign.css',
      '/assets/countersign.AAAAAAAAAAAAAAAA.css',
      '/assets/../password.ejs',
      '/assets/%2e%2e/password.ejs',
      '/assets/',
      '__proto__',
    ]) {
      expect(assets.find(path), path).to.equal(undefined);
    }
  });

  it('is served by Koa with its headers; what it does not know goes on', async () => {
    const app = new Koa();
    app.use(serveAssets(assets));
    app.use((ctx) => {
      ctx.status = 418;
    });
    const server = app.listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const url = assets.url('waiting.js');
      const got = await fetch(`http://127.0.0.1:${port}${url}`);
      expect(got.status).to.equal(200);
      expect(got.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
      expect(got.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
      expect(Buffer.from(await got.arrayBuffer()).equals(assets.find(url)!.body)).to.equal(true);
      for (const [path, method] of [
        ['/assets/nothing.css', 'GET'],
        [url, 'POST'],
      ] as const) {
        expect((await fetch(`http://127.0.0.1:${port}${path}`, { method })).status).to.equal(418);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('throws for a name it does not have', () => {
    expect(() => assets.url('nothing.css')).to.throw(RangeError);
  });
});
