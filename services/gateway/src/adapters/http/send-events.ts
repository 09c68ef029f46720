import { type Clock, isAppError } from '@holdfast/kernel';
import type { Response } from 'express';
import { once } from 'node:events';

/** Proxies close what is silent for a minute. */
const BEAT_MS = 15_000;

/**
 * Answers with server-sent events: one for each value, as fast as they are read, then `end`; `error` when the values fail. A
 * comment now and then keeps the connection open.
 */
export async function sendEvents(
  response: Response,
  clock: Clock,
  name: string,
  values: AsyncIterable<object>,
): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  response.setHeader('x-accel-buffering', 'no');
  response.flushHeaders();
  const over = new AbortController();
  const beating = beat(response, clock, over.signal);
  try {
    for await (const value of values) await write(response, name, value);
    await write(response, 'end', {});
  } catch (error) {
    const code = isAppError(error) ? error.code : 'INTERNAL';
    const message = isAppError(error) ? error.message : 'The watch failed. Start it again; the job itself goes on.';
    await write(response, 'error', { code, message });
  } finally {
    over.abort();
    await beating;
    response.end();
  }
}

async function write(response: Response, name: string, value: object): Promise<void> {
  if (response.destroyed) return;
  const hasRoom = response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
  if (!hasRoom) await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

async function beat(response: Response, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(BEAT_MS, signal);
      response.write(': still here\n\n');
    }
  } catch {
    // The abort ends the sleep.
  }
}
