import { type Clock, isAppError } from '@holdfast/kernel';
import type { Response } from 'express';
import { once } from 'node:events';
import { keyHasGone } from '../../app/recognise-caller.js';

/** Proxies close what is silent for a minute. */
const BEAT_MS = 15_000;

/** What is sent, and for whom. */
export interface WatchedValues {
  readonly values: AsyncIterable<object>;
  /** Whether the caller may still see them; asked before each of them and with each beat. */
  readonly isAdmitted: () => Promise<boolean>;
  /** Ends the values, wherever they are. */
  readonly end: () => void;
}

/**
 * Answers with server-sent events: one for each value, as fast as they are read, then `end`; `error` when the values fail, or
 * the caller's key has gone. A comment now and then keeps the connection open.
 */
export async function sendEvents(
  response: Response,
  clock: Clock,
  name: string,
  watched: WatchedValues,
): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  response.setHeader('x-accel-buffering', 'no');
  response.flushHeaders();
  const over = new AbortController();
  const beating = beat(response, clock, { signal: over.signal, watched });
  try {
    for await (const value of watched.values) {
      if (!(await watched.isAdmitted())) break;
      await write(response, name, value);
    }
    await ((await watched.isAdmitted()) ? write(response, 'end', {}) : writeError(response, keyHasGone()));
  } catch (error) {
    await writeError(response, (await watched.isAdmitted().catch(() => true)) ? error : keyHasGone());
  } finally {
    over.abort();
    await beating;
    response.end();
  }
}

async function writeError(response: Response, error: unknown): Promise<void> {
  const code = isAppError(error) ? error.code : 'INTERNAL';
  const message = isAppError(error) ? error.message : 'The watch failed. Start it again; the job itself goes on.';
  await write(response, 'error', { code, message });
}

async function write(response: Response, name: string, value: object): Promise<void> {
  if (response.destroyed) return;
  const hasRoom = response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
  if (!hasRoom) await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

async function beat(
  response: Response,
  clock: Clock,
  { signal, watched }: { readonly signal: AbortSignal; readonly watched: WatchedValues },
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(BEAT_MS, signal);
      if (!(await watched.isAdmitted())) {
        watched.end();
        return;
      }
      response.write(': still here\n\n');
    }
  } catch {
    // The abort ends the sleep.
  }
}
