/** The layers of docs/architecture.md. `npm run layers` fails on a breach, and when no file was read. */

/** Where HTTP is spoken: routes, pages, and the two files that read a request for them. */
const SPEAKS_HTTP = ['/(|[a-z-]+-)(routes|pages)\\.ts$', '^src/(approval/ask|devices/read-body)\\.ts$'];
/** Where the parts are put together. */
const AT_THE_EDGE = [
  '^src/(app|server|signin|services|settings)\\.ts$',
  '^src/(http|cli|demo|config|composition)/',
];
const LIBRARY_SIDE = '^src/authorize/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-knows-no-koa',
      severity: 'error',
      comment: 'Rules take plain values; not even a type of Koa is named there.',
      from: { path: '^src/', pathNot: [...AT_THE_EDGE, ...SPEAKS_HTTP, LIBRARY_SIDE] },
      to: { path: 'node_modules/(koa|@koa/[a-z]+|helmet|co-body|@types/koa|@types/co-body)(/|$)' },
    },
    {
      name: 'domain-draws-no-pages',
      severity: 'error',
      from: { path: '^src/', pathNot: [...AT_THE_EDGE, ...SPEAKS_HTTP, LIBRARY_SIDE] },
      to: { path: '^src/http/' },
    },
    {
      name: 'only-the-store-knows-its-engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: '(node_modules/ioredis(/|$)|^(node:)?sqlite$)' },
    },
    {
      name: 'engines-only-through-open',
      severity: 'error',
      comment: 'The configuration may check a Redis URL with the reader the engine uses.',
      from: { path: '^src/', pathNot: '^src/(store|cli)/' },
      to: { path: '^src/store/(embedded|redis)/', pathNot: '^src/store/redis/url\\.ts$' },
    },
    {
      name: 'the-store-knows-no-domain',
      severity: 'error',
      from: { path: '^src/store/' },
      to: { path: '^src/(?!store/)' },
    },
    {
      name: 'only-authorize-knows-oidc-provider',
      severity: 'error',
      from: { path: '^src/', pathNot: LIBRARY_SIDE },
      to: { path: 'node_modules/oidc-provider(/|$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-private-of-oidc-provider',
      severity: 'error',
      from: {},
      to: { path: 'node_modules/oidc-provider/lib/(?!index\\.js)' },
    },
    {
      name: 'protocol-is-for-every-machine',
      severity: 'error',
      comment: 'The server, the PWA and the terminal device share it: no Node, no DOM.',
      from: { path: '^src/protocol/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'protocol-stands-alone',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { path: '^src/(?!protocol/)' },
    },
    {
      name: 'a-device-knows-no-server',
      severity: 'error',
      comment: 'The terminal device works on the wire protocol alone, as the web authenticator does.',
      from: { path: '^src/terminal-device/' },
      to: { path: '^src/(?!terminal-device/|protocol/)' },
    },
    {
      name: 'the-authenticator-knows-no-server',
      severity: 'error',
      comment: 'It runs in browsers: the protocol, itself, and nothing of Node.',
      from: { path: '^src/authenticator/' },
      to: { path: '^src/(?!authenticator/|protocol/)' },
    },
    {
      name: 'no-server-knows-the-authenticator',
      severity: 'error',
      comment: 'The host serves it as files.',
      from: { path: '^src/(?!authenticator/)' },
      to: { path: '^src/authenticator/' },
    },
    {
      name: 'nobody-reaches-for-the-configuration',
      severity: 'error',
      from: { path: '^src/', pathNot: AT_THE_EDGE },
      to: { path: '^src/config/' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
