import { join } from 'node:path';
import { expect } from 'chai';
import { loadAssets } from '../../src/http/assets.ts';
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

  it('throws for a name it does not have', () => {
    expect(() => assets.url('nothing.css')).to.throw(RangeError);
  });
});
