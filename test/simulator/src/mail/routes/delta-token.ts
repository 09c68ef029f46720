import { ApiError } from '../../core/api-error.js';
import type { RequestContext } from '../../core/route.js';
import type { ChangeType } from '../model/delta-round.js';
import { SYNC_STATE_CODE } from '../switches.js';

/** Everything that a nextLink or deltaLink remembers: nothing is kept on the server's side. */
export interface DeltaState {
  readonly epoch: number;
  /** Number of the folder; 0 in the token of folder delta. */
  readonly folder: number;
  readonly since: number;
  readonly upTo: number;
  /** Sequence number of the last entry told. */
  readonly after: number;
  readonly form: 'rest' | 'immutable';
  readonly select?: string;
  readonly expand?: string;
  readonly changeTypes?: readonly ChangeType[];
  readonly receivedFrom?: number;
  /** Newest first: the last entry told, by received time and number. */
  readonly newest?: readonly [receivedAt: number, index: number];
  /** Entries that may still come: `$top` caps a round, and a filter ends it at 5,000. */
  readonly left?: number;
  /** This page has been told before. */
  readonly isReplay?: boolean;
  readonly includeHidden?: boolean;
}

export function encodeToken(state: DeltaState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** The full resync that every client has to be ready for (docs: graph/delta-query-overview). */
export function syncStateNotFound({ tenant }: RequestContext): ApiError {
  return new ApiError(
    410,
    tenant.switches.get(SYNC_STATE_CODE),
    'The sync state generation is not found; start a full synchronization.',
  );
}

/** The state of the link that the client follows; undefined for the first request of all. A deltaLink begins the next round. */
export function stateOf(
  context: RequestContext,
  expected: { readonly epoch: number; readonly folder: number; readonly seq: number },
): DeltaState | undefined {
  const { raw } = context.request.query;
  const deltaToken = raw.get('$deltatoken');
  const token = raw.get('$skiptoken') ?? deltaToken;
  if (token === undefined) return undefined;
  if (context.fault('delta-lost')) throw syncStateNotFound(context);
  const state = decodeToken(token);
  if (state.folder !== expected.folder)
    throw new ApiError(400, 'SyncStateInvalid', 'The sync state belongs to another folder.');
  if (state.epoch !== expected.epoch) throw syncStateNotFound(context);
  if (deltaToken === undefined) return state;
  return { ...state, since: state.upTo, after: state.upTo, upTo: expected.seq };
}

function decodeToken(token: string): DeltaState {
  try {
    const state: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isState(state)) return state;
  } catch {
    // Not JSON: told below, like any other token that is none of ours.
  }
  throw new ApiError(400, 'SyncStateInvalid', 'The sync state is not valid.');
}

function isState(value: unknown): value is DeltaState {
  if (typeof value !== 'object' || value === null) return false;
  return ['epoch', 'folder', 'since', 'upTo', 'after'].every((name) => typeof Reflect.get(value, name) === 'number');
}
