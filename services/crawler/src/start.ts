import {
  EventBus,
  readConfig,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { ChunkCache, inlineHost, ThreadEngines } from '@holdfast/vault';
import { FenceBoard, hearFences, TaskDesk } from '@holdfast/worker';
import { hostname } from 'node:os';
import { GrpcChainAccesses } from './adapters/access/grpc-chain-accesses.js';
import { GrpcResourceAccesses } from './adapters/access/grpc-resource-accesses.js';
import { OpenVaults } from './adapters/access/open-vaults.js';
import { TaskLimit } from './adapters/bus/task-ready.consumer.js';
import { ChainAccesses } from './app/chain-access.port.js';
import { CheckpointEvery, Shares } from './app/crawl-resource.js';
import { ResourceAccesses } from './app/resource-access.port.js';
import { crawlerConfig } from './config.js';
import { CrawlerModule } from './crawler.module.js';
import { taskShare } from './domain/task-share.js';

/** Starts a crawler with these settings, in a process of its own or beside other services. */
export async function startCrawler(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(crawlerConfig, source);
  const parts = await ServiceParts.open({ name: 'crawler', source, shared, level: config.LOG_LEVEL });
  const auth = parts.connectTo('auth', config.AUTH_ADDRESS);
  const storage = parts.connectTo('storage', config.STORAGE_ADDRESS);
  const scheduler = parts.connectTo('scheduler', config.SCHEDULER_ADDRESS);
  const { CRAWLER_WORKERS, CRAWLER_TASKS } = config;
  const threads = new ThreadEngines({ threads: CRAWLER_WORKERS, sealedBytes: config.CRAWLER_SEALED });
  parts.closeLater(() => threads.close());
  const engines = CRAWLER_WORKERS > 0 ? threads : inlineHost;
  const half = Math.floor(config.CRAWLER_CACHES / 2);
  // As many vaults as tasks may be open, and each has its share of the other half.
  const memory = { engines, cache: new ChunkCache(half), recentBytes: Math.floor(half / CRAWLER_TASKS) };
  const vaults = new OpenVaults(auth, storage, memory, parts.clock, parts.certificates);
  parts.closeLater(() => vaults.close());
  const fences = new FenceBoard(parts.clock);
  const accesses = new GrpcResourceAccesses(auth, storage, vaults, fences, parts.clock);
  parts.closeLater(() => accesses.close());
  const bus = await parts.openBus();
  const hearing = await hearFences(bus, fences, config.TENANT_ID);
  parts.closeLater(() => hearing.close());
  return parts.start(config, {
    module: CrawlerModule,
    provide: [
      { provide: EventBus, useValue: bus },
      {
        provide: TaskDesk,
        useValue: new TaskDesk(scheduler, ['rewriting', 'backup'], `${hostname()}/${process.pid}`, config.TENANT_ID),
      },
      { provide: ResourceAccesses, useValue: accesses },
      { provide: ChainAccesses, useValue: new GrpcChainAccesses({ auth, storage, scheduler }, vaults) },
      { provide: TaskLimit, useValue: { tasks: CRAWLER_TASKS, tenant: config.TENANT_ID } },
      { provide: CheckpointEvery, useValue: { items: config.CHECKPOINT_EVERY } },
      { provide: Shares, useValue: { ofTask: taskShare(CRAWLER_TASKS, config.CRAWLER_CHANGES) } },
    ],
  });
}
