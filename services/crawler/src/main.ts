import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startCrawler } from './start.js';

await runMain((stopped) => startCrawler(environment(), { stopped }));
