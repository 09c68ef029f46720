import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startReporting } from './start.js';

await runMain((stopped) => startReporting(environment(), { stopped }));
