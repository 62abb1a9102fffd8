import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { loadBundle } from '../../src/authenticator-host/bundle.ts';
import { createSite, type Site } from '../../src/authenticator-host/site.ts';

const KB = 1024;

describe('the files of the web authenticator', function () {
  this.timeout(60_000);
  let site: Site;
  let shell: string;
  const at = (path: string, of = site) => {
    const file = of.find(path);
    if (!file) throw new Error(`nothing at ${path}`);
    return file;
  };
  const textAt = (path: string) => at(path).body.toString();
  const build = () => JSON.parse(/^self\.BUILD=(\{.*?\});/.exec(textAt('/authenticator/sw.js'))![1]!);

  const make = async (more: { provider?: string; organisation?: string; secure?: boolean } = {}) =>
    createSite({
      bundle: await loadBundle(),
      issuer: 'https://id.example.com',
      organisation: 'Example',
      secure: true,
      ...more,
    });

  before(async () => {
    site = await make();
    shell = textAt('/authenticator/');
  });

  it('the page has one strict policy, Trusted Types with two names, and no way to be framed', () => {
    const { headers } = at('/authenticator/');
    expect(headers['Content-Security-Policy']).to.equal(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';worker-src 'self';" +
        "manifest-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';" +
        "require-trusted-types-for 'script';trusted-types lit-html sw",
    );
    expect(headers).to.include({
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
      'Cache-Control': 'no-cache',
    });
    expect(headers['Strict-Transport-Security']).to.match(/^max-age=\d{8}/);
  });

  it('gives the worker a policy of its own, with the provider in it where that is elsewhere', async () => {
    expect(at('/authenticator/sw.js').headers['Content-Security-Policy']).to.include("connect-src 'self';");
    const apart = await make({ provider: 'https://id.example.com' });
    for (const path of ['/authenticator/', '/authenticator/sw.js']) {
      expect(at(path, apart).headers['Content-Security-Policy'], path)
        .to.include("connect-src 'self' https://id.example.com;")
        .and.include("default-src 'none'")
        .and.include("frame-ancestors 'none'");
    }
  });

  it('keeps hashed files for ever and asks for the others each time', () => {
    const linked = [...shell.matchAll(/(?:src|href)="(\/authenticator\/[^"]+)"/g)].map(([, path]) => path!);
    expect(linked).to.have.length.greaterThan(4);
    for (const path of linked) {
      const manifest = path.endsWith('.webmanifest');
      expect(at(path).headers['Cache-Control'], path).to.equal(
        manifest ? 'no-cache' : 'public, max-age=31536000, immutable',
      );
      if (!manifest) expect(path).to.match(/-[\w-]{8,}\.\w+$/);
    }
    expect(at('/authenticator/sw.js').headers['Cache-Control']).to.equal('no-cache');
  });

  it('has no script or style inside the page, and asks nobody else for anything', async () => {
    expect(shell).not.to.match(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    const { files } = await loadBundle();
    for (const [name, content] of files) {
      if (!/\.(js|css)$/.test(name)) continue;
      const elsewhere = [
        ...Buffer.from(content)
          .toString()
          .matchAll(/https?:\/\/[^"'`\s)\\]+/g),
      ].map(([url]) => url);
      // What is left names a vocabulary or a page for people, in the libraries' own messages.
      expect(
        elsewhere.filter(
          (url) => !/^https?:\/\/(www\.w3\.org|json-schema\.org|lit\.dev|simplewebauthn\.dev)/.test(url),
        ),
        name,
      ).to.deep.equal([]);
    }
  });

  it('loads first in less than 60 kB', () => {
    const first = [
      '/authenticator/',
      ...[...shell.matchAll(/(?:src|href)="(\/authenticator\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!),
    ];
    const script = textAt(first.find((path) => path.endsWith('.js'))!);
    for (const [, part] of script.matchAll(/(?:^|;)import\s*(?:\{[^}]*\}\s*from\s*)?"\.\/(part-[^"]+)"/g))
      first.push(`/authenticator/${part}`);
    const sizes = first.map((path) => gzipSync(at(path).body, { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size)).to.be.lessThan(60 * KB);
    // The map and the reader of codes come when they are asked for.
    expect(script).not.to.include('Switzerland');
  });

  it('is compressed once, and the same when taken out again', () => {
    for (const path of build().kept as string[]) {
      const { body, gzip, etag } = at(path);
      expect(etag, path).to.match(/^W\/"[\w-]{22}"$/);
      if (gzip) expect(gunzipSync(gzip).equals(body), path).to.equal(true);
    }
  });

  it('names in the worker every file of this version, and another version when the page is another', async () => {
    const { kept, version, icon } = build();
    for (const path of [...kept, icon]) expect(site.find(path), path).not.to.equal(undefined);
    const { files } = await loadBundle();
    // The page and the manifest on top; not the worker itself, nor the licences.
    expect(kept).to.have.length(files.size + 2 - 2);
    const other = await make({ organisation: 'Other' });
    expect(at('/authenticator/sw.js', other).body.toString()).not.to.include(version);
  });

  it('carries the licences of what it is made of', () => {
    const licences = textAt('/authenticator/licences.txt');
    for (const name of ['lit-html', 'zod', 'jose', 'canonicalize', 'qr', '@simplewebauthn/browser'])
      expect(licences).to.match(new RegExp(`^${name} \\d`, 'm'));
    expect(licences).to.include('BSD 3-Clause').and.include('Permission is hereby granted');
  });

  it('writes names of people into the page as text', async () => {
    const evil = await make({ organisation: '"><script>alert(1)</script>' });
    expect(at('/authenticator/', evil).body.toString()).not.to.include('<script>alert');
  });

  it('can be installed: name, icons and a start inside its scope', () => {
    const manifest = JSON.parse(textAt('/authenticator/manifest.webmanifest'));
    expect(manifest).to.include({ scope: '/authenticator/', display: 'standalone', id: '/authenticator/' });
    expect(manifest.start_url).to.match(/^\/authenticator\//);
    for (const { src, type } of manifest.icons) expect(at(src).headers['Content-Type'], src).to.contain(type);
    expect(manifest.icons.map(({ sizes }: { sizes: string }) => sizes)).to.include.members([
      '192x192',
      '512x512',
    ]);
  });

  it('leads nowhere else by a path', () => {
    for (const path of [
      '/authenticator/../package.json',
      '/authenticator/%2e%2e/x',
      '/authenticator/nope',
      '/',
    ])
      expect(site.find(path), path).to.equal(undefined);
  });
});
