import { searchPage, searchRequest, type ItemView } from '@holdfast/contracts/api';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { SearchItems } from '../../app/search-items.js';
import { itemViewOf } from './item-view.js';
import { Route, type Asked } from './route.js';
import { WIRE_MATCHES } from './words.js';

/** Search in what snapshots list. */
@Controller()
export class SearchRoutes {
  constructor(private readonly search: SearchItems) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/search',
    permission: 'content:read',
    summary: 'Search items as of a set, a job or an instant; a POST, so that the pattern stands in no address',
    body: searchRequest,
    response: searchPage,
    audit: { action: 'content.search', is: 'content' },
  })
  async run({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof searchRequest>>) {
    const { from, resourceIds, pageToken, includeSubfolders, match, ...rest } = body;
    const { items, nextPageToken, examined } = await this.search.run(
      params.tenantId,
      { from, resourceIds, pageToken },
      {
        ...rest,
        folderId: rest.folderId ?? '',
        skipSubfolders: !includeSubfolders,
        match: WIRE_MATCHES[match],
        fromMs: rest.fromMs ?? 0,
        toMs: rest.toMs ?? 0,
        minBytes: rest.minBytes ?? 0,
        maxBytes: rest.maxBytes ?? 0,
        actor: caller.keyId,
      },
    );
    const rows: ItemView[] = items.map(itemViewOf);
    return { rows, ...(nextPageToken !== undefined && { nextPageToken }), examined };
  }
}
