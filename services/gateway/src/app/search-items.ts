import type { Item, SearchRequest } from '@holdfast/contracts/restore/v1';
import type { Snapshot } from '@holdfast/contracts/storage/v1';
import { AppError, Clock, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { formatSearchToken, parseSearchToken, type SearchToken } from '../domain/search-token.js';
import { FindSnapshots, type PointInTime, type VaultAsOf } from './find-snapshots.js';
import { Peers } from './peers.port.js';

/** Restore takes so many places at once; a tenant of more resources is searched in groups. */
const GROUP = 500;
const SEARCH_DEADLINE_MS = 120_000;

export interface SearchScope {
  readonly from: PointInTime;
  /** Absent: all resources. */
  readonly resourceIds?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
}

export type SearchTerms = Omit<SearchRequest, 'tenantId' | 'vaultId' | 'places' | 'pageToken'>;

export interface SearchPage {
  readonly items: readonly Item[];
  /** Absent at the end. */
  readonly nextPageToken?: string;
  readonly examined: number;
}

/** Searches a tenant of any size, one group of resources after the other. */
@Injectable()
export class SearchItems {
  constructor(
    private readonly peers: Peers,
    private readonly find: FindSnapshots,
    private readonly clock: Clock,
  ) {}

  /** A page may be empty before the end: the token says whether there is more. */
  async run(tenant: TenantId, scope: SearchScope, terms: SearchTerms): Promise<SearchPage> {
    const token = this.#begin(scope.pageToken);
    const located = await this.find.locate(tenant, scope.from);
    // Every page looks at the same state, whatever is backed up in between.
    const at = { ...located, asOfMs: Math.min(located.asOfMs, token.asOfMs) };
    const { snapshots, nextPageToken: nextGroup } = await this.#group(tenant, at, scope, token);
    if (snapshots.length === 0) return { items: [], examined: 0 };
    const found = await this.peers.search.search(
      {
        ...terms,
        tenantId: tenant,
        vaultId: at.vaultId,
        places: snapshots.map(({ vaultId, resourceId, snapshotId }) => ({
          tenantId: tenant,
          vaultId,
          resourceId,
          snapshotId,
          actor: terms.actor,
        })),
        pageToken: token.within,
      },
      { deadlineMs: SEARCH_DEADLINE_MS },
    );
    const next = nextToken(token, nextGroup, found.nextPageToken);
    return { items: found.items, examined: found.examined, ...(next && { nextPageToken: formatSearchToken(next) }) };
  }

  #begin(text: string | undefined): SearchToken {
    if (text === undefined) return { asOfMs: this.clock.now(), group: '', within: '' };
    const token = parseSearchToken(text);
    if (token) return token;
    throw new AppError('INVALID_ARGUMENT', 'pageToken has to be one that the previous page gave. Start without it.', {
      context: { field: 'pageToken', rule: 'has to be one that the previous page gave' },
    });
  }

  async #group(
    tenant: TenantId,
    at: VaultAsOf,
    { resourceIds }: SearchScope,
    token: SearchToken,
  ): Promise<{ readonly snapshots: readonly Snapshot[]; readonly nextPageToken: string }> {
    if (!resourceIds) return this.find.page(tenant, at, GROUP, token.group);
    return { snapshots: await this.find.ofResources(tenant, at, resourceIds), nextPageToken: '' };
  }
}

function nextToken(token: SearchToken, nextGroup: string, nextWithin: string): SearchToken | undefined {
  if (nextWithin !== '') return { ...token, within: nextWithin };
  return nextGroup === '' ? undefined : { ...token, group: nextGroup, within: '' };
}
