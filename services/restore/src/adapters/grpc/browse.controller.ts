import {
  BrowseServiceControllerMethods,
  type BrowseServiceController,
  type FindItemsRequest,
  type FindItemsResponse,
  type GetItemRequest,
  type Item,
  type ListExceptionsRequest,
  type ListExceptionsResponse,
  type ListFolderRequest,
  type ListFolderResponse,
  type ListJobLogRequest,
  type ListJobLogResponse,
} from '@holdfast/contracts/restore/v1';
import { parseTenantId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { Browse } from '../../app/browse.js';
import { EXCEPTION_OUTCOMES, ListExceptions } from '../../app/list-exceptions.js';
import { invalid, itemsFrom, pageFrom, placeFrom, snapshotsFrom, wireItem } from './wire.js';

@Controller()
@BrowseServiceControllerMethods()
@CalledBy('gateway')
export class BrowseController implements BrowseServiceController {
  constructor(
    private readonly browse: Browse,
    private readonly exceptions: ListExceptions,
  ) {}

  async listFolder(request: ListFolderRequest): Promise<ListFolderResponse> {
    const { tenant, ...place } = placeFrom(request.place);
    const { rows, next } = await this.browse.listFolder(tenant, place, request.folderId, pageFrom(request));
    return { items: rows.map((item) => wireItem(item)), nextPageToken: next };
  }

  async getItem(request: GetItemRequest): Promise<Item> {
    const { tenant, ...place } = placeFrom(request.place);
    if (request.itemId === '') throw invalid('itemId', 'given');
    return wireItem(await this.browse.getItem(tenant, place, request.itemId));
  }

  async findItems(request: FindItemsRequest): Promise<FindItemsResponse> {
    const found = await this.browse.findItems(
      parseTenantId(request.tenantId),
      snapshotsFrom(request),
      itemsFrom(request),
    );
    return { itemIds: [...found] };
  }

  async listJobLog(request: ListJobLogRequest): Promise<ListJobLogResponse> {
    const { tenant, ...place } = placeFrom(request.place);
    const { rows, next } = await this.browse.listLog(tenant, place, pageFrom(request));
    return {
      rows: rows.map((row) => ({
        itemId: row.itemId ?? '',
        outcome: row.about,
        cause: row.code,
        path: row.path ?? '',
        atMs: row.at,
      })),
      nextPageToken: next,
    };
  }

  async listExceptions(request: ListExceptionsRequest): Promise<ListExceptionsResponse> {
    const { tenant, ...place } = placeFrom(request.place);
    const outcomes = new Set(EXCEPTION_OUTCOMES.filter((outcome) => request.outcomes.includes(outcome)));
    if (outcomes.size !== request.outcomes.length) throw invalid('outcomes', `among ${EXCEPTION_OUTCOMES.join(', ')}`);
    const { rows, next } = await this.exceptions.run(tenant, place, outcomes, pageFrom(request));
    return {
      exceptions: rows.map(({ kind = '', atMs = 0, counts, attempts = 0, path, ...row }) => ({
        ...row,
        kind,
        path: [...path],
        atMs,
        atSource: counts?.atSource ?? 0,
        inSnapshot: counts?.inSnapshot ?? 0,
        attempts,
      })),
      nextPageToken: next,
    };
  }
}
