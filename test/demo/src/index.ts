export { HoldfastApi } from './api.js';
export type { ModelEntry } from './simulator-control.js';
export { wholeOption } from './options.js';
export { parseFidelity } from './fidelity.js';
export { runDemo } from './run-demo.js';
export { stopOnSignal } from './stop-on-signal.js';
export { CLOUD, closeAll, type RunningSystem, startSimulatorProcess, startSystem, temporaryFolder } from './system.js';
