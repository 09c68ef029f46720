import type { Branch } from '../ports.js';
import type { EngineConfig, InputBatch, SettledBatch } from './messages.js';
import type { PackedStreams } from './packed-messages.js';

/** An {@link InputBatch} on its way: its bytes are shared memory, so neither copied nor moved. */
export interface PackedInputBatch extends Omit<InputBatch, 'sections'> {
  readonly sections: Float64Array;
}

/** A {@link SettledBatch} on its way. */
export interface PackedSettledBatch extends Omit<SettledBatch, 'streams'> {
  readonly streams: PackedStreams;
}

/** What a channel asks of its engine in another thread. */
export type EngineRequest =
  | { readonly do: 'open'; readonly config: EngineConfig }
  | { readonly do: 'take'; readonly batch: PackedInputBatch }
  | { readonly do: 'settle'; readonly isMissing: Uint8Array }
  | { readonly do: 'finish-packs' }
  | { readonly do: 'read'; readonly branch: Branch; readonly id: Uint8Array }
  | { readonly do: 'give-back'; readonly pack: Uint8Array }
  | { readonly do: 'close' };

/** A request, and the engine that it is for. */
export interface EngineCall {
  readonly engine: number;
  readonly request: EngineRequest;
}
