import { ApiError } from '../../core/api-error.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import type { IdForm } from '../model/ids.js';
import { mailboxOf, READ_BASIC } from './open.js';
import { invalid, readList, readText } from './read-json.js';

/** docs: graph/api/user-translateexchangeids */
const MOST_IDS = 1000;

const FORMS: Readonly<Record<string, IdForm>> = { restid: 'rest', restimmutableentryid: 'immutable' };

function formIn(name: string, value: unknown): IdForm {
  const form = FORMS[readText(name, value).toLowerCase()];
  if (!form) throw invalid(name, 'expected restId or restImmutableEntryId');
  return form;
}

async function handle(context: RequestContext): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const json = await context.request.json();
  const names = Object.fromEntries(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]));
  const ids = readList('inputIds', names.inputids);
  if (ids.length > MOST_IDS)
    throw new ApiError(400, 'ErrorInvalidRequest', `At most ${MOST_IDS} ids can be translated in one request.`);
  formIn('sourceIdType', names.sourceidtype);
  const target = formIn('targetIdType', names.targetidtype);
  const value = ids.map((id) => {
    const sourceId = readText('inputIds', id);
    const item = mailbox.item(sourceId);
    if (item) return { sourceId, targetId: mailbox.idOf(item, target) };
    return {
      sourceId,
      errorDetails: { code: 'ErrorItemNotFound', message: 'The specified object was not found in the store.' },
    };
  });
  return {
    status: 200,
    body: { '@odata.context': context.graphUrl('/$metadata#Collection(microsoft.graph.convertIdResult)'), value },
  };
}

export const translateRoute: Route = {
  method: 'POST',
  pattern: '/users/{user}/translateExchangeIds',
  permissions: READ_BASIC,
  bucket: 'outlook',
  handle,
};
