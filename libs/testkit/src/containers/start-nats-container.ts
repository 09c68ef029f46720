import { once } from 'node:events';
import { connect } from 'node:net';
import { ServerContainer } from './server-container.js';

const IMAGE = 'nats:2.12-alpine';
const ANSWER_WITHIN_MS = 2_000;

/** A NATS server with JetStream whose streams outlive a crash; of the image `HOLDFAST_TEST_NATS_IMAGE` where that is set. */
export function startNatsContainer(): Promise<ServerContainer> {
  return ServerContainer.start({
    image: process.env['HOLDFAST_TEST_NATS_IMAGE'] ?? IMAGE,
    command: ['nats-server', '--addr', '0.0.0.0', '--port', '4222', '--jetstream', '--store_dir', '/nats'],
    port: 4222,
    ask: greeting,
  });
}

/** A server speaks first. */
async function greeting(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } finally {
    socket.destroy();
  }
}
