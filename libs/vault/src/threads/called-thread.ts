import { AppError } from '@holdfast/kernel';
import { Worker, type Transferable, type WorkerOptions } from 'node:worker_threads';
import type { ThreadCall, ThreadReply } from './thread-calls.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: Error) => void;
}

/**
 * Such a thread keeps few objects, and those briefly: a small young generation saves 100 MB over two threads and costs nothing
 * (measured on 50,000 mails).
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 };

/** One worker thread that runs a script which `serveCalls`, and the calls it has not answered. */
export class CalledThread<Request> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #end: AppError | undefined;

  /** @param broken says, for whoever waits, what it means that the thread failed */
  constructor(
    script: URL,
    private readonly broken: string,
    worker?: WorkerOptions,
  ) {
    this.#worker = new Worker(script, { resourceLimits: RESOURCE_LIMITS, ...worker });
    this.#worker.on('message', (reply: ThreadReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', (code) => this.#fail(new Error(`The thread ended with code ${code}.`)));
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Calls that wait for an answer. */
  get load(): number {
    return this.#pending.size;
  }

  call(request: Request, moved: readonly Transferable[] = []): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const call = this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // What cannot be sent throws here, and then nobody waits for it.
    this.#worker.postMessage({ call, request } satisfies ThreadCall<Request>, [...moved]);
    this.#pending.set(call, { resolve, reject });
    return promise;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: ThreadReply): void {
    const pending = this.#pending.get(reply.call);
    this.#pending.delete(reply.call);
    if ('failure' in reply) pending?.reject(this.#error(new Error(reply.failure)));
    else pending?.resolve(reply.value);
  }

  #fail(cause: unknown): void {
    this.#end ??= this.#error(cause);
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }

  #error(cause: unknown): AppError {
    return new AppError('INTERNAL', this.broken, { cause });
  }
}
