import { AppError } from '@holdfast/kernel';
import { isMarkedAsUntransferable, type WorkerOptions } from 'node:worker_threads';
import type { OpenerKeys } from '../packs/chunk-opener.js';
import { CalledThread } from '../threads/called-thread.js';
import type { ChunkOpening, OpenedChunks, SealedChunk } from './chunk-opening.js';
import { inlineOpening } from './inline-opening.js';
import type { OpenedContents, SealedContents } from './sealed-contents.js';

/** What is asked of an opening thread. */
export type OpenRequest = { readonly keys: OpenerKeys } & (
  | { readonly stretch: Uint8Array; readonly chunks: readonly SealedChunk[] }
  | { readonly sealed: SealedContents; readonly memory: ArrayBuffer }
);

/** A stretch of no more than this is opened at once, which costs less than handing it to a thread. */
const SMALL_BYTES = 64 * 1024;

/** How many threads, and for tests how each is started. */
export interface ThreadOpeningOptions {
  readonly threads: number;
  /** The compiled `opening-thread.js`, unless told otherwise. */
  readonly script?: URL;
  readonly worker?: WorkerOptions;
}

const BROKEN = 'A thread that opens chunks has failed. Nothing was lost: what it was asked for can be read again.';

const ENDED = 'The threads that open chunks have ended. Nothing was lost: what was asked for can be read again.';

/**
 * Worker threads that open chunks for all vaults that a process reads. Memory moves between threads, it is not copied; how much is on its
 * way is bounded by the readers, each of which waits for a few stretches of at most 4 MiB.
 */
export class ThreadOpening implements ChunkOpening, AsyncDisposable {
  readonly #options: ThreadOpeningOptions;
  readonly #threads: CalledThread<OpenRequest>[] = [];
  #isEnded = false;

  constructor(options: ThreadOpeningOptions) {
    this.#options = options;
  }

  /** What the thread answers is what `openChunks` gave there. */
  async open(keys: OpenerKeys, stretch: Uint8Array, chunks: readonly SealedChunk[]): Promise<OpenedChunks> {
    if (stretch.byteLength <= SMALL_BYTES && !this.#isEnded) return inlineOpening.open(keys, stretch, chunks);
    const own = ownMemory(stretch);
    return (await this.#idlest().call({ keys, stretch: own, chunks }, [own.buffer])) as OpenedChunks;
  }

  async openContents(keys: OpenerKeys, sealed: SealedContents, memory: ArrayBuffer): Promise<OpenedContents> {
    return (await this.#idlest().call({ keys, sealed, memory }, [sealed.row, memory])) as OpenedContents;
  }

  /** Ends the threads for good: reads under way fail, and so does what is asked later. A thread that it started would keep the process alive. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  /** Threads start when they are first needed, and anew after they have failed. */
  #idlest(): CalledThread<OpenRequest> {
    if (this.#isEnded) throw new AppError('INTERNAL', ENDED);
    const { threads, script = new URL('./opening-thread.js', import.meta.url), worker } = this.#options;
    let idlest: CalledThread<OpenRequest> | undefined;
    for (let place = 0; place < threads; place += 1) {
      let thread = this.#threads[place];
      if (!thread || thread.hasEnded) this.#threads[place] = thread = new CalledThread(script, BROKEN, worker);
      if (!idlest || thread.load < idlest.load) idlest = thread;
    }
    if (!idlest) throw new RangeError('Opening takes at least one thread.');
    return idlest;
  }
}

/** The bytes where nobody else has any: others would lose theirs when the memory moves. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isAlone =
    buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength && !isMarkedAsUntransferable(buffer);
  return isAlone ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}
