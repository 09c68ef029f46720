import type { RequestContext } from '../../core/route.js';
import { ApiError } from '../../core/api-error.js';
import type { Drive } from '../model/drive.js';
import { DELTA_LINK_FORM, DELTA_TOKEN_LIFETIME, RESYNC_CODE } from '../switches.js';

/** Where a reader of the change log stands. */
export interface DeltaPosition {
  /** The change that the reader knew when the round began; 0 for a round from nothing. */
  readonly since: number;
  /** The last change that this round has told of. */
  readonly after: number;
  /** The latest change when the round began: what was deleted before is not told to a reader from nothing. */
  readonly start: number;
}

interface DeltaToken extends DeltaPosition {
  readonly drive: string;
  readonly epoch: number;
  /** Ms of the simulator's clock. */
  readonly issuedAt: number;
}

/** The place that the request's token names; a round from nothing without one. 410 for a token that is lost. */
export function positionOf(context: RequestContext, drive: Drive): DeltaPosition {
  const { request } = context;
  const text = request.params.token ?? request.query.raw.get('token');
  const { latest } = drive.log;
  if (context.fault('delta-lost')) throw resync(context, drive);
  if (text === undefined || text === '') return { since: 0, after: 0, start: latest };
  if (text === 'latest') return { since: latest, after: latest, start: latest };
  // A point in time instead of a token: OneDrive for Business only (docs: graph/api/driveitem-delta, example 4).
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    const since = drive.log.before(Date.parse(text));
    return { since, after: since, start: since };
  }
  const token = parse(text);
  const lifetime = context.tenant.switches.get(DELTA_TOKEN_LIFETIME);
  const isUsable = token?.drive === drive.id && token.after <= latest && token.epoch === drive.tokenEpoch;
  if (!isUsable || context.clock.now() - token.issuedAt > lifetime) throw resync(context, drive);
  return token;
}

/** The link to go on with, in one of its two documented forms. `carried` are the options of the first request. */
export function deltaLink(
  context: RequestContext,
  drive: Drive,
  position: DeltaPosition,
  carried: readonly string[],
): string {
  const token: DeltaToken = { ...position, drive: drive.id, epoch: drive.tokenEpoch, issuedAt: context.clock.now() };
  const text = Buffer.from(JSON.stringify(token)).toString('base64url');
  const start = `/drives/${drive.id}/root/delta`;
  if (context.tenant.switches.get(DELTA_LINK_FORM) === 'query') {
    return context.graphUrl(`${start}?${[`token=${text}`, ...carried].join('&')}`);
  }
  return context.graphUrl(`${start}(token='${text}')${carried.length === 0 ? '' : `?${carried.join('&')}`}`);
}

/** docs: graph/api/driveitem-delta: the Location starts a fresh enumeration, the code says what to do with what is left over. */
function resync(context: RequestContext, drive: Drive): ApiError {
  const code = context.tenant.switches.get(RESYNC_CODE);
  return new ApiError(
    410,
    code,
    'The delta token is no longer valid, and the application must enumerate everything again.',
    {
      innerCode: code === 'resyncChangesApplyDifferences' ? 'resyncApplyDifferences' : 'resyncUploadDifferences',
      headers: { Location: context.graphUrl(`/drives/${drive.id}/root/delta`) },
    },
  );
}

function parse(text: string): DeltaToken | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const number = (name: string) => Number(Reflect.get(value, name));
  const places = { since: number('since'), after: number('after'), start: number('start') };
  const numbers = { ...places, epoch: number('epoch'), issuedAt: number('issuedAt') };
  if (!Object.values(numbers).every((each) => Number.isSafeInteger(each))) return undefined;
  return { ...numbers, drive: String(Reflect.get(value, 'drive')) };
}
