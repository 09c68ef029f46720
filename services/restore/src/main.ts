import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startRestore } from './start.js';

await runMain((stopped) => startRestore(environment(), { stopped }));
