import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startGateway } from './start.js';

await runMain((stopped) => startGateway(environment(), { stopped }));
