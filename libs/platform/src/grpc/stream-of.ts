import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Observable } from 'rxjs';

const sink = new AsyncLocalStorage<Writable>();

/** Subscribes on behalf of a call, so that {@link streamOf} can wait for the call's reader. */
export function subscribeFor<T>(call: Writable, work: () => T): T {
  return sink.run(call, work);
}

/**
 * What a streaming gRPC method answers: the values of an async iterable, taken only as fast as the caller reads them. Ends the
 * iteration when the caller goes away; the signal says so to one that waits for its next value.
 */
export function streamOf<T>(valuesUntil: (gone: AbortSignal) => AsyncIterable<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const call = sink.getStore();
    const gone = new AbortController();
    const pump = async () => {
      for await (const value of valuesUntil(gone.signal)) {
        if (subscriber.closed) return;
        subscriber.next(value);
        if (call?.writableNeedDrain) await once(call, 'drain', { signal: gone.signal });
      }
      subscriber.complete();
    };
    pump().catch((error: unknown) => {
      if (!subscriber.closed) subscriber.error(error);
    });
    return () => gone.abort();
  });
}
