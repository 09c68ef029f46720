import type { Metadata } from '@grpc/grpc-js';
import {
  type ChunkServiceController,
  ChunkServiceControllerMethods,
  type FindMissingRequest,
  type FindMissingResponse,
  type LocateRequest,
  type LocateResponse,
} from '@holdfast/contracts/storage/v1';
import { parseChunkId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { encodeTrailerEntries } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import { ChunkIndex } from '../../app/chunk-index.port.js';
import { CheckGrant } from '../../app/check-grant.js';
import { FindMissing } from '../../app/find-missing.js';
import { readIds, writeIds } from './id-lists.js';

/** Chunk ids that one call may name. */
const MAX_CHUNKS = 1_000;

@Controller()
@ChunkServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class ChunkController implements ChunkServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly missing: FindMissing,
    private readonly index: ChunkIndex,
  ) {}

  async findMissing({ grant, chunkIds }: FindMissingRequest, metadata?: Metadata): Promise<FindMissingResponse> {
    const claims = await this.grants.read(grant, callerOf(metadata));
    const chunks = readIds('chunkIds', chunkIds, parseChunkId, MAX_CHUNKS);
    return { missingChunkIds: writeIds(await this.missing.run(claims, chunks)) };
  }

  async locate({ tenantId, vaultId, chunkIds }: LocateRequest): Promise<LocateResponse> {
    const chunks = readIds('chunkIds', chunkIds, parseChunkId, MAX_CHUNKS);
    const packs = await this.index.locate(parseTenantId(tenantId), parseVaultId(vaultId), chunks);
    return {
      packs: packs.map(({ pack, branch, entries }) => ({
        pack: Buffer.from(pack, 'hex'),
        branch,
        entries: encodeTrailerEntries(entries),
      })),
    };
  }
}
