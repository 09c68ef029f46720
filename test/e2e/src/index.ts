export { type Cluster, type ClusterOptions, type ClusterProcess, startCluster } from './cluster.js';
