export { startSimulator, type RunningSimulator, type SimulatorOptions } from './simulator.js';
export type { TenantInfo } from './core/control/tenant-info.js';
export type { DumpEntry } from './core/workload.js';
