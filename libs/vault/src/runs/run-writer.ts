import { pagesOf } from '../page-cursor.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { type KeyProbe, probeOf } from './key-filter.js';
import { MergeReadAhead } from './merge-read-ahead.js';
import { mergeRuns } from './merge-runs.js';
import { type Run, RunStore } from './run.js';
import type { RunChange, RunPages } from './run-change.js';

/** Bytes of keys and values held before they are sealed. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** Bytes that a buffered change costs beside its key and value. */
const CHANGE_OVERHEAD_BYTES = 200;

/**
 * So many runs of one size are merged into one, since a merge holds two loads of leaves of each and a look-up asks each. Of a thousand
 * checkpoints some sixty runs are left, for which each change was written twice.
 */
const ALIKE = 32;

/** Changes that are given back together. */
const PAGE = 64;

export interface RunWriterOptions {
  /** Sealed runs to go on from, oldest first. */
  readonly runs?: readonly Run[];
  /** Bytes of keys and values held before they are sealed; 4 MiB unless given. */
  readonly bufferBytes?: number;
  /** Runs of one size that are merged into one; 32 unless given. */
  readonly alike?: number;
}

/**
 * Takes the changes of one task, in any order and any number of times per key, and gives them back in key order, the last
 * word on each key. Calls may overlap. Memory: the buffer and 2 bytes per sealed change.
 */
export class RunWriter {
  readonly #store: RunStore;
  readonly #bufferLimit: number;
  readonly #alike: number;
  #runs: Run[];
  #buffer = new Map<string, RunChange>();
  #bufferedBytes = 0;
  /** The buffer that is being written. */
  #sealing: ReadonlyMap<string, RunChange> = new Map();
  /** Ends when the seals asked for so far have ended; fails for good with the first that fails. */
  #sealed: Promise<void> = Promise.resolve();

  constructor(context: TreeContext, { runs = [], bufferBytes = BUFFER_BYTES, alike = ALIKE }: RunWriterOptions = {}) {
    this.#store = new RunStore(context);
    this.#runs = [...runs];
    this.#bufferLimit = bufferBytes;
    this.#alike = alike;
  }

  /** Adds a change; undefined where there is room for the next at once. `seen` is ignored where the buffer has a word already. */
  put(change: RunChange): Promise<void> | undefined {
    const key = Buffer.from(change.key).toString('latin1');
    const old = this.#buffer.get(key);
    if (old && change.value === 'seen') return undefined;
    this.#bufferedBytes += costOf(change) - (old ? costOf(old) : 0);
    this.#buffer.set(key, change);
    if (this.#bufferedBytes < this.#bufferLimit) return undefined;
    return this.#inTurn(() => this.#sealFrom(this.#bufferLimit));
  }

  /** Seals what is buffered; the answer, oldest first, is all that was put before. Durable only after the store's flush. */
  async seal(): Promise<readonly Run[]> {
    await this.#inTurn(() => this.#sealFrom(1));
    return [...this.#runs];
  }

  /** The last word on each key, in the keys' order; undefined where there is none. */
  async getMany(keys: readonly Uint8Array[]): Promise<(RunChange['value'] | undefined)[]> {
    const found = keys.map((key) => this.#buffered(Buffer.from(key).toString('latin1')));
    const runs = this.#runs.toReversed();
    if (runs.length === 0) return found;
    const probes = keys.map(probeOf);
    for (const run of runs) await this.#lookUp(run, keys, probes, found);
    return found;
  }

  /** Every change in key order. Nothing may be put while it is read. */
  merged(): RunPages {
    const buffered = pagesOf(this.#sorted(), PAGE);
    if (this.#runs.length === 0) return buffered;
    return mergeRuns([...this.#scans(), buffered]);
  }

  async #lookUp(
    run: Run,
    keys: readonly Uint8Array[],
    probes: readonly KeyProbe[],
    found: (RunChange['value'] | undefined)[],
  ): Promise<void> {
    const open = keys
      .map((key, at) => ({ key, at, probe: probes[at] }))
      .filter(({ at, probe }) => isOpen(found[at]) && probe && run.filter.mayHave(probe))
      .sort((a, b) => Buffer.compare(a.key, b.key));
    if (open.length === 0) return;
    const values = await this.#store.getMany(
      run,
      open.map(({ key }) => key),
    );
    for (const [place, { at }] of open.entries()) found[at] = values[place] ?? found[at];
  }

  #buffered(key: string): RunChange['value'] | undefined {
    const word = this.#buffer.get(key)?.value;
    return isOpen(word) ? (this.#sealing.get(key)?.value ?? word) : word;
  }

  #inTurn(seal: () => Promise<void>): Promise<void> {
    this.#sealed = this.#sealed.then(seal);
    return this.#sealed;
  }

  async #sealFrom(bytes: number): Promise<void> {
    if (this.#bufferedBytes >= bytes) {
      const changes = this.#sorted();
      this.#sealing = this.#buffer;
      this.#buffer = new Map();
      this.#bufferedBytes = 0;
      const run = await this.#store.write(pagesOf(changes, PAGE), changes.length);
      if (run) this.#runs.push(run);
      this.#sealing = new Map();
    }
    await this.#mergeAlike();
  }

  /** They lie side by side, the larger before the smaller, so that what is newest stays newest. */
  async #mergeAlike(): Promise<void> {
    const sizes = this.#runs.map((run) => this.#sizeOf(run));
    for (let size = 0; size <= Math.max(...sizes); size += 1) {
      const from = sizes.findLastIndex((other) => other > size) + 1;
      const end = sizes.lastIndexOf(size) + 1;
      if (end - from < this.#alike) continue;
      const alike = this.#runs.slice(from, end);
      const keys = alike.reduce((sum, { root }) => sum + root.entries, 0);
      const merged = await this.#store.write(mergeRuns(this.#scans(alike)), keys);
      this.#runs.splice(from, end - from, ...(merged ? [merged] : []));
      return;
    }
  }

  /** 0 where it may be one buffer as it was sealed, and one more for each time that as many as are merged may lie in it. */
  #sizeOf({ root }: Run): number {
    const buffers = (root.entries * CHANGE_OVERHEAD_BYTES) / this.#bufferLimit;
    return buffers <= 1 ? 0 : Math.ceil(Math.log(buffers) / Math.log(this.#alike));
  }

  #scans(runs: readonly Run[] = this.#runs): RunPages[] {
    const ahead = new MergeReadAhead(runs.length);
    return runs.map((run) => this.#store.scan(run, ahead.ofRun()));
  }

  #sorted(): RunChange[] {
    return [...this.#buffer.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

/** An older run may still have a better word. */
function isOpen(value: RunChange['value'] | undefined): boolean {
  return value === undefined || value === 'seen';
}

function costOf({ key, value }: RunChange): number {
  return key.length + (typeof value === 'string' ? 0 : value.length) + CHANGE_OVERHEAD_BYTES;
}
