import { ApiError } from '../../core/api-error.js';
import type { ODataQuery } from '../../core/odata.js';
import type { ChangeType } from '../model/delta-round.js';
import type { IdForm } from '../model/ids.js';
import type { DeltaState } from './delta-token.js';

/** With a filter, a round ends after so many messages (docs: graph/api/message-delta). */
const FILTERED_ROUND = 5_000;
const CHANGE_TYPES: readonly ChangeType[] = ['created', 'updated', 'deleted'];

const refuse = (message: string): ApiError => new ApiError(400, 'ErrorInvalidRequest', message);

/** The state that a first request begins with: the token remembers its options from then on. */
export function readDeltaQuery(
  query: ODataQuery,
  at: { readonly epoch: number; readonly folder: number; readonly seq: number },
  form: IdForm,
): DeltaState {
  const receivedFrom = receivedFromIn(query);
  const [order, ...others] = query.orderBy;
  if (order && (order.path !== 'receivedDateTime' || !order.descending || others.length > 0)) {
    throw refuse('Delta supports only $orderby=receivedDateTime desc.');
  }
  const expand = query.raw.get('$expand');
  const changeType = query.raw.get('changeType');
  const left = query.top ?? (receivedFrom === undefined ? undefined : FILTERED_ROUND);
  return {
    epoch: at.epoch,
    folder: at.folder,
    since: 0,
    upTo: at.seq,
    after: 0,
    form,
    ...(query.select ? { select: query.select.join(',') } : {}),
    ...(expand === undefined ? {} : { expand }),
    ...(changeType === undefined ? {} : { changeTypes: changeTypesIn(changeType) }),
    ...(receivedFrom === undefined ? {} : { receivedFrom }),
    ...(left === undefined ? {} : { left }),
    ...(order ? { newest: [Number.MAX_SAFE_INTEGER, -1] as const } : {}),
  };
}

/** Only `receivedDateTime ge|gt {instant}` may be filtered on. */
function receivedFromIn({ filter }: ODataQuery): number | undefined {
  if (!filter) return undefined;
  if (filter.kind === 'compare' && filter.path === 'receivedDateTime' && typeof filter.value === 'string') {
    if (filter.operator === 'ge') return Date.parse(filter.value);
    if (filter.operator === 'gt') return Date.parse(filter.value) + 1;
  }
  throw refuse('Delta supports only $filter=receivedDateTime ge or gt an instant.');
}

function changeTypesIn(text: string): ChangeType[] {
  const asked = text.split(',').map((word) => word.trim().toLowerCase());
  const known = CHANGE_TYPES.filter((type) => asked.includes(type));
  if (known.length === 0 || known.length !== asked.length) {
    throw refuse("changeType has to be 'created', 'updated' or 'deleted'.");
  }
  return known;
}
