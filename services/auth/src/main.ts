import '@holdfast/platform/lean-memory';
import { environment, runMain } from '@holdfast/platform';
import { startAuth } from './start.js';

await runMain(() => startAuth(environment()));
