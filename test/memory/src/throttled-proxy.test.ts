import { SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { ThrottledProxy } from './throttled-proxy.js';

const clock = new SystemClock();
const closers: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

/** A server that answers the number of bytes it got when the client has ended. */
async function countingServer(): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (piece) => (bytes += piece.length));
    socket.on('end', () => socket.end(String(bytes)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function send(port: number, bytes: number): Promise<{ readonly told: number; readonly ms: number }> {
  const startedAt = clock.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(Buffer.alloc(bytes));
  let told = '';
  for await (const piece of socket.setEncoding('utf8')) told += String(piece);
  return { told: Number(told), ms: clock.now() - startedAt };
}

async function proxy(): Promise<ThrottledProxy> {
  const made = await ThrottledProxy.start(await countingServer(), clock);
  closers.push(() => made.close());
  return made;
}

describe('ThrottledProxy', () => {
  it('carries everything to and fro, and counts it', async () => {
    const open = await proxy();
    expect(await send(open.port, 3_000_000)).toMatchObject({ told: 3_000_000 });
    expect(open.passedBytes).toBe(3_000_000);
  });

  it('holds several connections together to its rate', async () => {
    const slow = await proxy();
    slow.limit(1_000_000);
    const sent = await Promise.all([send(slow.port, 300_000), send(slow.port, 300_000)]);
    expect(sent.map(({ told }) => told)).toEqual([300_000, 300_000]);
    expect(Math.max(...sent.map(({ ms }) => ms))).toBeGreaterThan(450);
  });
});
