export { HoldfastApi, type NewSet } from './api.js';
export { startChild, type Child } from './child.js';
export { compareModels, type Difference } from './compare.js';
export { modelEntry, SimulatorControl, type ModelEntry, type SimulatedTenant } from './simulator-control.js';
export { wholeOption } from './options.js';
export { CLOUD, startSystem, type RunningSystem } from './system.js';
