import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startScheduler } from './start.js';

await runMain((stopped) => startScheduler(environment(), { stopped }));
