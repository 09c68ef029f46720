export { CrawlerModule } from './crawler.module.js';
export { startCrawler } from './start.js';
export { crawlerConfig } from './config.js';
