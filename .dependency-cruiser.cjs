/** Who may import whom. The same arrows are drawn in docs/architecture.md. */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle means two files are one idea; merge or split them.', {}, { circular: true }),
    rule('libs-know-no-service', 'Libraries are below services.', { path: '^libs/' }, { path: '^services/' }),
    rule(
      'services-are-strangers',
      'Services talk over gRPC and events, never by import; only the single-process edition composes them.',
      { path: '^services/([^/]+)/', pathNot: '^services/standalone/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    rule(
      'domain-is-pure',
      'Rules know no framework, no I/O and no clock.',
      { path: '^services/[^/]+/src/domain/', pathNot: '\\.test\\.ts$' },
      { pathNot: ['^services/[^/]+/src/domain/', '^libs/(kernel|vault)/'] },
    ),
    rule(
      'app-knows-no-adapter',
      'Use cases see ports; the module chooses what stands behind them.',
      { path: '^services/[^/]+/src/app/' },
      { path: '^services/[^/]+/src/adapters/' },
    ),
    rule(
      'adapters-do-not-chat',
      'An adapter that needs another adapter is missing a port.',
      { path: '^services/[^/]+/src/adapters/([^/]+)/' },
      { path: '^services/[^/]+/src/adapters/', pathNot: '/adapters/$1/' },
    ),
    rule(
      'kernel-depends-on-nothing',
      'So that everything may depend on it.',
      { path: '^libs/kernel/src/', pathNot: '\\.test\\.ts$' },
      { pathNot: '^libs/kernel/src/' },
    ),
    rule(
      'vault-knows-only-the-kernel',
      'The format has to be readable without the product around it.',
      { path: '^libs/vault/src/', pathNot: '\\.test\\.ts$' },
      {
        pathNot: [
          '^libs/(vault|kernel)/',
          'node_modules/',
          '^node:',
          '^(crypto|zlib|buffer|stream|worker_threads|events|util|fs|path|url)(/|$)',
        ],
      },
    ),
    rule(
      'contracts-know-only-the-kernel',
      'Contracts are words, not deeds.',
      { path: '^libs/contracts/src/' },
      { path: '^libs/', pathNot: '^libs/(contracts|kernel)/' },
    ),
    rule(
      'drivers-load-late',
      'A process loads the driver of a destination when it opens one of that kind: with `await import`.',
      { path: '^libs/destinations/src/[^/]+\\.ts$', pathNot: '\\.(test|suite)\\.ts$' },
      {
        path: '^libs/destinations/src/(azure|files|folder|ftp|rclone|s3|sftp)/',
        pathNot: ['-settings\\.ts$', '\\.port\\.ts$'],
        dependencyTypesNot: ['dynamic-import'],
      },
    ),
    rule(
      'graph-and-destinations-stay-low',
      "A client of the outside world knows the kernel, the vault's types and the contracts.",
      { path: '^libs/(graph|destinations)/src/', pathNot: '\\.test\\.ts$' },
      { path: '^libs/', pathNot: '^libs/($1|kernel|vault|contracts)/' },
    ),
    rule(
      'platform-knows-no-product',
      'Start-up, bus and database serve any service.',
      { path: '^libs/platform/src/', pathNot: '\\.(test|suite)\\.ts$' },
      { path: '^libs/', pathNot: '^libs/(platform|kernel|contracts)/' },
    ),
    rule(
      'workloads-know-no-platform',
      'A reader or writer of a workload is started by a service, not by itself.',
      { path: '^libs/workloads/src/', pathNot: '\\.test\\.ts$' },
      { path: '^libs/', pathNot: '^libs/(workloads|kernel|vault|graph)/' },
    ),
    rule(
      'recovery-needs-no-server',
      'A vault is read with its key and its destination, when everything else is lost.',
      { path: '^libs/recovery/src/', pathNot: '\\.test\\.ts$' },
      { path: '^libs/', pathNot: '^libs/(recovery|kernel|vault|destinations|workloads)/' },
    ),
    rule(
      'simulator-shares-nothing',
      'A simulator that shares our code shares our mistakes.',
      { path: '^test/simulator/' },
      { path: '^(libs|services)/' },
    ),
    rule(
      'sdk-behind-adapter',
      'Only its adapter imports a vendor SDK.',
      {
        pathNot:
          '^(services/[^/]+/src/adapters|services/standalone|libs/(graph|workloads|destinations|platform|testkit|contracts)|test)/|\\.test\\.ts$',
      },
      { path: 'node_modules/(minio|@aws-sdk|@azure|@microsoft|pg|kysely|@nats-io|@grpc)/' },
    ),
    rule(
      'testkit-in-tests-only',
      'Fakes and containers stay out of images.',
      { pathNot: '(\\.test|\\.suite|\\.integration\\.test)\\.ts$|^test/|^libs/testkit/' },
      { path: '^libs/testkit/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/src/gen/', '/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['holdfast-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
