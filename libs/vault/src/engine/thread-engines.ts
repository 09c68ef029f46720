import type { RandomBytes } from '@holdfast/kernel';
import type { WorkerOptions } from 'node:worker_threads';
import type { FinishedPack } from '../packs/pack-builder.js';
import type { Branch } from '../ports.js';
import type { EngineChannel, EngineHost, EngineSettings, InputBatch, SettledBatch, TakenChunks } from './messages.js';
import { SealedMemory } from './sealed-memory.js';
import { packSections, unpackStreams } from './packed-messages.js';
import type { EngineCall, EngineRequest, PackedInputBatch, PackedSettledBatch } from './thread-messages.js';
import { CalledThread } from '../threads/called-thread.js';

/** How many threads, and for tests how each is started. */
export interface ThreadEnginesOptions {
  readonly threads: number;
  /** Bytes of sealed packs that the process may hold in memory. */
  readonly sealedBytes?: number;
  /** The compiled `engine-thread.js`, unless told otherwise. */
  readonly script?: URL;
  readonly worker?: WorkerOptions;
}

const BROKEN = 'A thread that seals chunks has failed; what it held is read again by the next run.';

type EngineThread = CalledThread<EngineCall>;

/** One engine in a thread. What the thread answers is what it was asked for: both are this package's. */
class ThreadChannel implements EngineChannel {
  constructor(
    private readonly thread: EngineThread,
    private readonly engine: number,
  ) {}

  newInput(bytes: number): Uint8Array {
    return new Uint8Array(new SharedArrayBuffer(bytes));
  }

  take(batch: InputBatch): Promise<TakenChunks> {
    const packed: PackedInputBatch = { ...batch, sections: packSections(batch.sections) };
    return this.#ask({ do: 'take', batch: packed }) as Promise<TakenChunks>;
  }

  async settle(isMissing: Uint8Array): Promise<SettledBatch> {
    const settled = (await this.#ask({ do: 'settle', isMissing })) as PackedSettledBatch;
    return { ...settled, streams: unpackStreams(settled.streams) };
  }

  finishPacks(): Promise<readonly FinishedPack[]> {
    return this.#ask({ do: 'finish-packs' }) as Promise<readonly FinishedPack[]>;
  }

  read(branch: Branch, id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#ask({ do: 'read', branch, id: Uint8Array.from(id) }) as Promise<Uint8Array | undefined>;
  }

  giveBack(pack: Uint8Array): void {
    this.#tell({ do: 'give-back', pack }, [pack]);
  }

  close(): void {
    this.#tell({ do: 'close' });
  }

  #ask(request: EngineRequest, moved: readonly Uint8Array[] = []): Promise<unknown> {
    return this.thread.call(
      { engine: this.engine, request },
      moved.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /** Nobody waits: if the thread is gone, the next question says so. */
  #tell(request: EngineRequest, moved: readonly Uint8Array[] = []): void {
    this.#ask(request, moved).catch(() => undefined);
  }
}

/** The worker threads of a process, which seal for all vaults that it writes to. Memory moves between threads, it is not copied. */
export class ThreadEngines implements EngineHost {
  readonly memory: SealedMemory;
  readonly #options: ThreadEnginesOptions;
  readonly #threads: EngineThread[] = [];
  #engines = 0;
  #opened = 0;

  constructor(options: ThreadEnginesOptions) {
    this.#options = options;
    this.memory = new SealedMemory(options.sealedBytes);
  }

  /** Starts threads that are not running and opens an engine in each. */
  open(settings: EngineSettings, random: RandomBytes): readonly EngineChannel[] {
    const { threads } = this.#options;
    // A writer with little to do uses its first engine: each begins with another thread.
    const first = this.#opened++;
    return Array.from({ length: threads }, (_, i) => {
      const thread = this.#thread((first + i) % threads);
      const engine = this.#engines++;
      const config = { ...settings, packIdSeed: random(32) };
      thread.call({ engine, request: { do: 'open', config } }).catch(() => undefined);
      return new ThreadChannel(thread, engine);
    });
  }

  /** Ends the threads. Writers that still use them fail. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #thread(place: number): EngineThread {
    const running = this.#threads[place];
    if (running && !running.hasEnded) return running;
    const { script = new URL('./engine-thread.js', import.meta.url), worker } = this.#options;
    return (this.#threads[place] = new CalledThread(script, BROKEN, worker));
  }
}
