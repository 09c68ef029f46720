import { Module } from '@nestjs/common';
import { TaskReadyConsumer } from './adapters/bus/task-ready.consumer.js';
import { CrawlResource } from './app/crawl-resource.js';

/** The crawler on one page: it hears doorbells and reads resources; what it needs of others is given at its start. */
@Module({ providers: [CrawlResource, TaskReadyConsumer] })
export class CrawlerModule {}
