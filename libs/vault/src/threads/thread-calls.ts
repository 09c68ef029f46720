import { parentPort, type Transferable } from 'node:worker_threads';

/** A request on its way into a thread; answered by a {@link ThreadReply} with the same number. */
export interface ThreadCall<Request> {
  readonly call: number;
  readonly request: Request;
}

export type ThreadReply = { readonly call: number } & ({ readonly value: unknown } | { readonly failure: string });

/** What a thread answers. */
export interface ThreadAnswer {
  readonly value: unknown;
  /** Memory that moves to the other thread instead of being copied. */
  readonly moved: readonly Transferable[];
}

/** Answers, in this worker thread, the calls of the thread that started it, one after the other. */
export function serveCalls(answer: (request: never) => ThreadAnswer): void {
  parentPort?.on('message', ({ call, request }: ThreadCall<never>) => {
    try {
      const { value, moved } = answer(request);
      parentPort?.postMessage({ call, value } satisfies ThreadReply, [...moved]);
    } catch (thrown) {
      const failure = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something that is no error';
      parentPort?.postMessage({ call, failure } satisfies ThreadReply);
    }
  });
}
