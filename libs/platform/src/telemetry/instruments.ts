interface Metric {
  /** A counter only grows, a histogram counts values by size; a gauge and a total are read when metrics are collected, and a total only grows. */
  readonly kind: 'counter' | 'histogram' | 'gauge' | 'total';
  readonly unit: string;
  readonly labels: readonly string[];
  readonly means: string;
}

/**
 * Every metric that a process tells, by its name. docs/telemetry.md is generated from this table.
 *
 * Labels take values of closed lists, so that a metric has few series; the one that does not, `tenant`, is bounded by the
 * limit of series of a metric (telemetry.ts). Units are UCUM's, as OpenTelemetry writes them. Names without `holdfast.` are
 * those of its semantic conventions.
 */
export const METRICS = {
  'holdfast.budget.usage': {
    kind: 'gauge',
    unit: '1',
    labels: ['tenant', 'bucket', 'meter'],
    means:
      "Part of a budget's window that is taken, 0 to 1, as auth saw it at the last lease within the window; of mailboxes the fullest. `app` is what all tenants of an app registration share",
  },
  'holdfast.budget.wait': {
    kind: 'histogram',
    unit: 's',
    labels: ['bucket', 'lane'],
    means: 'Time that a request to Microsoft waited for its budget',
  },
  'holdfast.graph.requests': {
    kind: 'counter',
    unit: '{request}',
    labels: ['bucket', 'outcome'],
    means: 'Tries of requests to Microsoft, by how they ended: answered, throttled, refused, failed',
  },
  'holdfast.graph.retries': {
    kind: 'counter',
    unit: '{request}',
    labels: ['bucket', 'reason'],
    means: 'Tries after the first of a request to Microsoft, by the code of what failed',
  },
  'holdfast.tasks.waiting': {
    kind: 'gauge',
    unit: '{task}',
    labels: ['lane'],
    means: 'Tasks that are due and that nobody works on. Every scheduler tells the same: take the maximum',
  },
  'holdfast.tasks.lag': {
    kind: 'gauge',
    unit: 's',
    labels: ['lane'],
    means:
      'How long the oldest of them has been due; 0 where none is. Every scheduler tells the same: take the maximum',
  },
  'holdfast.tasks.leased': {
    kind: 'gauge',
    unit: '{task}',
    labels: ['lane'],
    means: 'Tasks that a worker holds. Every scheduler tells the same: take the maximum',
  },
  'holdfast.task.lapses': {
    kind: 'counter',
    unit: '{lease}',
    labels: ['kind'],
    means: 'Leases that ran out without a word, and whose task went to another worker',
  },
  'holdfast.task.retries': {
    kind: 'counter',
    unit: '{task}',
    labels: ['kind', 'reason'],
    means: 'Tasks put back for another attempt, by the code of what failed',
  },
  'holdfast.tasks.ended': {
    kind: 'counter',
    unit: '{task}',
    labels: ['kind', 'workload', 'outcome'],
    means: 'Tasks that ended; `failed` are parked until a person runs their job again',
  },
  'holdfast.items': {
    kind: 'counter',
    unit: '{item}',
    labels: ['kind', 'workload', 'outcome'],
    means: "Items of ended tasks by outcome, as in the jobs' reports",
  },
  'holdfast.bytes': {
    kind: 'counter',
    unit: 'By',
    labels: ['kind', 'workload', 'stage'],
    means:
      'Bytes of ended tasks: `content` that was read, `new` of it to the vault, `deduplicated` that the vault had, `stored` after compression and sealing',
  },
  'holdfast.progress.items': {
    kind: 'counter',
    unit: '{item}',
    labels: ['kind', 'workload'],
    means: 'Items that tasks under way have dealt with, told within seconds. A task that is begun again counts again',
  },
  'holdfast.progress.bytes': {
    kind: 'counter',
    unit: 'By',
    labels: ['kind', 'workload'],
    means: 'Bytes of content of those items',
  },
  'holdfast.packs.put': {
    kind: 'counter',
    unit: '{pack}',
    labels: ['branch'],
    means: 'Packs that a destination has acknowledged and storage has taken into its index',
  },
  'holdfast.packs.bytes': {
    kind: 'counter',
    unit: 'By',
    labels: ['branch'],
    means: 'Bytes of those packs',
  },
  'holdfast.objects.freed': {
    kind: 'counter',
    unit: '{object}',
    labels: ['answer'],
    means:
      'Objects that nothing needed and that a destination holds no longer; answer: deleted, or absent where it was gone before',
  },
  'holdfast.objects.lock_looks': {
    kind: 'counter',
    unit: '{object}',
    labels: [],
    means: 'Objects whose lock was looked at, and extended where it would have ended too soon',
  },
  'holdfast.commit.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['outcome'],
    means: "Time from a crawler's last flush to the committed snapshot; outcome: committed, or the code of what failed",
  },
  'holdfast.restore.steps': {
    kind: 'counter',
    unit: '{step}',
    labels: ['action', 'outcome'],
    means: 'Steps of restores that ended: `done` or `failed`',
  },
  'holdfast.outbox.depth': {
    kind: 'gauge',
    unit: '{message}',
    labels: ['service'],
    means:
      'Messages that wait in a service’s outbox for the bus, up to 10,000. Every process of a service tells the same',
  },
  'holdfast.bus.handled': {
    kind: 'counter',
    unit: '{message}',
    labels: ['event', 'outcome'],
    means: 'Messages of the bus that a handler was given, by how it ended: done, again, dropped',
  },
  'http.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['http.request.method', 'http.route', 'http.response.status_code'],
    means: 'Time from an HTTP request to the end of its answer, by the template of its route',
  },
  'http.client.request.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['http.request.method', 'url.template', 'http.response.status_code'],
    means:
      'Time from a request to Microsoft Graph or a destination to the head of its answer; status 0 where none came',
  },
  'rpc.server.call.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['rpc.method', 'rpc.response.status_code'],
    means: 'Time that a service takes for a gRPC call',
  },
  'db.client.connection.count': {
    kind: 'gauge',
    unit: '{connection}',
    labels: ['db.client.connection.pool.name', 'db.client.connection.state'],
    means:
      'Open connections to PostgreSQL: `used` or `idle`. The pool is named by schema, that of its sweeps with `/sweeps`',
  },
  'db.client.connection.pending_requests': {
    kind: 'gauge',
    unit: '{request}',
    labels: ['db.client.connection.pool.name'],
    means: 'Transactions that wait for a connection',
  },
  'nodejs.eventloop.delay.p99': {
    kind: 'gauge',
    unit: 's',
    labels: [],
    means: 'Delay of the event loop that one in a hundred turns exceeded, since metrics were read before',
  },
  'nodejs.eventloop.delay.max': {
    kind: 'gauge',
    unit: 's',
    labels: [],
    means: 'Longest delay of the event loop since metrics were read before',
  },
  'process.memory.usage': { kind: 'gauge', unit: 'By', labels: [], means: 'Memory of the process (RSS)' },
  'process.cpu.time': {
    kind: 'total',
    unit: 's',
    labels: ['cpu.mode'],
    means: 'Processor time of the process with all its threads: `user` or `system`',
  },
} as const satisfies Record<string, Metric>;

type Table = typeof METRICS;
export type MetricName = keyof Table;

/** The metrics of some kinds. */
export type MetricOf<Kind extends Metric['kind']> = {
  [Name in MetricName]: Table[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** The labels that a metric asks for, all of them. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Table[Name]['labels'][number], string>>;
