export { HoldfastApi } from './api.js';
export { type Child, startChild } from './child.js';
export { compareModels, type Difference, EXTRA } from './compare.js';
export type { LoggedRequest, ModelEntry, SimulatedUser, TenantPlan } from './simulator-control.js';
export { wholeOption } from './options.js';
export { type FidelityEntry, judge, parseFidelity, readFidelity } from './fidelity.js';
export { FIXED_SWITCHES, runDemo } from './run-demo.js';
export { stopOnSignal } from './stop-on-signal.js';
export {
  CLOUD,
  closeAll,
  type RunningSimulator,
  type RunningSystem,
  type CloudLimits,
  startSimulatorProcess,
  startSystem,
  temporaryFolder,
} from './system.js';
