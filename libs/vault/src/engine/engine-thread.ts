import { serveCalls, type ThreadAnswer } from '../threads/thread-calls.js';
import { BufferPool } from './buffer-pool.js';
import { SealEngine } from './seal-engine.js';
import { packStreams, unpackSections } from './packed-messages.js';
import type { EngineCall, PackedSettledBatch } from './thread-messages.js';

// What a worker thread runs: the engines of all vaults that its process writes to, one call after the other.

const engines = new Map<number, SealEngine>();
const pool = new BufferPool();

const DONE: ThreadAnswer = { value: undefined, moved: [] };

function engineOf(number: number): SealEngine {
  const engine = engines.get(number);
  if (!engine) throw new Error(`There is no engine ${number} in this thread.`);
  return engine;
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  if (!(bytes.buffer instanceof ArrayBuffer)) throw new Error('Shared memory does not move between threads.');
  return bytes.buffer;
}

serveCalls(({ engine: number, request }: EngineCall): ThreadAnswer => {
  switch (request.do) {
    case 'open':
      engines.set(number, new SealEngine(request.config, pool));
      return DONE;
    case 'take': {
      const { batch } = request;
      const taken = engineOf(number).take({ ...batch, sections: unpackSections(batch.sections) });
      return { value: taken, moved: [bufferOf(taken.ids)] };
    }
    case 'settle': {
      const settled = engineOf(number).settle(request.isMissing);
      const packed: PackedSettledBatch = { ...settled, streams: packStreams(settled.streams) };
      return { value: packed, moved: [...settled.packs.map(({ bytes }) => bytes), packed.streams.ids].map(bufferOf) };
    }
    case 'finish-packs': {
      const packs = engineOf(number).finishPacks();
      return { value: packs, moved: packs.map(({ bytes }) => bufferOf(bytes)) };
    }
    case 'read':
      return { value: engineOf(number).read(request.branch, request.id), moved: [] };
    case 'give-back':
      engineOf(number).giveBack(request.pack);
      return DONE;
    case 'close':
      engines.delete(number);
      return DONE;
  }
});
