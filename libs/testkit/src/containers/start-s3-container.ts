import type { S3Server } from '../s3-server.js';
import { ServerContainer } from './server-container.js';

const IMAGE = 'quay.io/ceph/ceph:v18';
const ACCESS_KEY = 'HOLDFASTTEST';
const SECRET_KEY = 'holdfast-test-secret';
const ANSWER_WITHIN_MS = 2_000;

export interface S3Container {
  readonly server: ServerContainer;
  readonly account: S3Server;
}

/** A Ceph object gateway whose objects outlive a crash; of the image `HOLDFAST_TEST_S3_IMAGE` where that is set. */
export async function startS3Container(): Promise<S3Container> {
  const server = await ServerContainer.start({
    image: process.env['HOLDFAST_TEST_S3_IMAGE'] ?? IMAGE,
    script: 's3',
    command: ['/s3', '/s3-data', '0.0.0.0:7480', '3300', ACCESS_KEY, SECRET_KEY, 'bluestore'],
    port: 7480,
    ask: async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw new Error(`the gateway answers ${answer.status}`);
    },
  });
  const account = { host: '127.0.0.1', port: server.port, accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
  return { server, account };
}
