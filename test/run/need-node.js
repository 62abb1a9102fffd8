// Plain JavaScript: an older Node has to be able to read it.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 24 || (version[0] === 24 && version[1] < 15)) {
  console.error(
    `This is Node ${process.versions.node}; the tests want 24.15 or newer. On 64-bit Linux \`npm ci\` brings one along; elsewhere install it.`,
  );
  process.exit(1);
}
