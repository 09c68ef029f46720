import { Module } from '@nestjs/common';
import { TaskReadyConsumer } from './adapters/bus/task-ready.consumer.js';
import { CrawlResource } from './app/crawl-resource.js';
import { RewriteChain } from './app/rewrite-chain.js';

/** The crawler on one page: it hears doorbells, reads resources, and makes snapshots anew without what was deleted; what it needs of others is given at its start. */
@Module({ providers: [CrawlResource, RewriteChain, TaskReadyConsumer] })
export class CrawlerModule {}
