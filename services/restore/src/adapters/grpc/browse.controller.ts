import {
  BrowseServiceControllerMethods,
  type BrowseServiceController,
  type GetItemRequest,
  type Item,
  type ListFolderRequest,
  type ListFolderResponse,
  type ListJobLogRequest,
  type ListJobLogResponse,
} from '@holdfast/contracts/restore/v1';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { Browse } from '../../app/browse.js';
import { invalid, pageFrom, placeFrom, wireItem } from './wire.js';

@Controller()
@BrowseServiceControllerMethods()
@CalledBy('gateway')
export class BrowseController implements BrowseServiceController {
  constructor(private readonly browse: Browse) {}

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
}
