import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startStorage } from './start.js';

await runMain((stopped) => startStorage(environment(), { stopped }));
