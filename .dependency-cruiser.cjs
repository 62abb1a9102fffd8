/** The layers of docs/architecture.md. `npm run layers` fails on a breach, and on zero modules. */
const HTTP_FILES =
  '(routes|pages|-http-routes|ask|show|form-body|error-pages|security-headers|interactions|library-pages|mount|authorize-post|read-body)\\.ts$';
const AT_THE_EDGE = '^src/(app|server|signin|services|settings)\\.ts$|^src/(http|cli|demo|config)/';
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
      comment: 'Only routes, pages and the HTTP folder speak Koa.',
      from: { path: '^src/', pathNot: [AT_THE_EDGE, HTTP_FILES] },
      to: { path: 'node_modules/(koa|@koa/router|@types/koa)(/|$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-store-knows-its-engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: '(node_modules/ioredis|^node:sqlite$|^sqlite$)' },
    },
    {
      name: 'engines-only-through-open',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/|^src/cli/' },
      to: { path: '^src/store/(embedded|redis)/' },
    },
    {
      name: 'only-authorize-knows-oidc-provider',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/authorize/' },
      to: { path: 'node_modules/oidc-provider', dependencyTypesNot: ['type-only'] },
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
      comment: 'The server, the PWA and the terminal device share it.',
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
      name: 'nobody-reaches-for-the-configuration',
      severity: 'error',
      from: { path: '^src/', pathNot: [AT_THE_EDGE] },
      to: { path: '^src/config/' },
    },
    { name: 'source-knows-no-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
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
