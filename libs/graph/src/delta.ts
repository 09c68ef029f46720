import type { GraphClient } from './graph-client.js';
import type { GraphRequest } from './graph-request.js';
import { unexpectedAnswer } from './http/error-body.js';
import { pages } from './paging.js';

/** One page of a delta round. Only the last has the link that the next round starts from. */
export interface DeltaPage {
  readonly items: readonly unknown[];
  readonly deltaLink?: string;
}

/**
 * One round of change tracking, from a start path or from the link that ended the round before. A link that the service forgot
 * throws CURSOR_LOST, whose `location` is the fresh start if the service named one. Repeats within a round are Microsoft's habit.
 */
export async function* deltaRound(
  client: GraphClient,
  first: GraphRequest,
  signal?: AbortSignal,
): AsyncGenerator<DeltaPage> {
  for await (const page of pages(client, first, signal)) {
    if (page.nextLink === undefined && page.deltaLink === undefined) {
      throw unexpectedAnswer('a page of a delta round has a next link or a delta link');
    }
    yield page;
  }
}
