import { describeWithServer, missingNats } from '@holdfast/testkit';
import { describe } from '@jest/globals';
import { startOpenCluster } from './planted-cluster.suite.js';
import { startOpenInstallation } from './planted-installation.suite.js';
import { itKeepsWhatIsPlanted } from './planted.suite.js';

describe('planted secrets and content, one process', () => {
  itKeepsWhatIsPlanted(startOpenInstallation);
});

describeWithServer('planted secrets and content, every service a process', missingNats(), () => {
  itKeepsWhatIsPlanted(startOpenCluster);
});
