export { type Cluster, type Peer, startCluster } from './cluster.js';
export type { ServiceProcess } from './service-process.js';
export { tellingAll } from './telling-all.js';
