import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import {
  MatchKind as WireMatch,
  SearchServiceControllerMethods,
  type SearchRequest,
  type SearchResponse,
  type SearchServiceController,
} from '@holdfast/contracts/restore/v1';
import { parseResourceId, parseSnapshotId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { ITEM_KINDS, type ItemKind } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import { Search, SEARCH_FIELDS, type SearchField, type SearchWish } from '../../app/search.js';
import type { MatchKind } from '../../domain/text-match.js';
import { whenCancelled } from './cancelled.js';
import { actorFrom, invalid, pageFrom, wireItem } from './wire.js';

const MAX_PLACES = 500;
const MAX_PATTERN = 1_000;

const MATCHES: Readonly<Partial<Record<WireMatch, MatchKind>>> = {
  [WireMatch.MATCH_KIND_UNSPECIFIED]: 'contains',
  [WireMatch.MATCH_KIND_CONTAINS]: 'contains',
  [WireMatch.MATCH_KIND_EXACT]: 'exact',
  [WireMatch.MATCH_KIND_STARTS_WITH]: 'starts-with',
  [WireMatch.MATCH_KIND_ENDS_WITH]: 'ends-with',
};

@Controller()
@SearchServiceControllerMethods()
@CalledBy('gateway')
export class SearchController implements SearchServiceController {
  constructor(private readonly searching: Search) {}

  async search(
    request: SearchRequest,
    _metadata?: Metadata,
    call?: ServerUnaryCall<unknown, unknown>,
  ): Promise<SearchResponse> {
    const tenant = parseTenantId(request.tenantId);
    const page = await this.searching.run(tenant, wishFrom(request), pageFrom(request), whenCancelled(call));
    return {
      items: page.rows.map((item) => wireItem(item, item)),
      nextPageToken: page.next,
      examined: page.examined,
    };
  }
}

function wishFrom(request: SearchRequest): SearchWish {
  const { places, pattern } = request;
  if (places.length === 0 || places.length > MAX_PLACES) throw invalid('places', `1 to ${MAX_PLACES}`);
  if (pattern.length > MAX_PATTERN) throw invalid('pattern', `at most ${MAX_PATTERN} characters`);
  const match = MATCHES[request.match];
  if (!match) throw invalid('match', 'contains, exact, starts with or ends with');
  return {
    vaultId: parseVaultId(request.vaultId),
    places: places.map(({ resourceId, snapshotId }) => ({
      resourceId: parseResourceId(resourceId),
      snapshotId: parseSnapshotId(snapshotId),
    })),
    folderId: request.folderId,
    skipSubfolders: request.skipSubfolders,
    pattern: { text: pattern, match, isCaseSensitive: request.matchCase },
    fields: fieldsFrom(request.fields),
    kinds: new Set(request.kinds.map(kindFrom)),
    fromMs: request.fromMs,
    toMs: request.toMs,
    minBytes: request.minBytes,
    maxBytes: request.maxBytes,
    actor: actorFrom(request.actor),
  };
}

function fieldsFrom(fields: readonly string[]): ReadonlySet<SearchField> {
  if (fields.length === 0) return new Set(['name']);
  return new Set(
    fields.map((text) => {
      const field = SEARCH_FIELDS.find((name) => name === text);
      if (field) return field;
      throw invalid('fields', SEARCH_FIELDS.join(', '));
    }),
  );
}

function kindFrom(text: string): ItemKind {
  const kind = ITEM_KINDS.find((name) => name === text);
  if (kind) return kind;
  throw invalid('kinds', ITEM_KINDS.join(', '));
}
