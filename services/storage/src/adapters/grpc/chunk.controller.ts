import type { Metadata } from '@grpc/grpc-js';
import {
  type ChunkQuestion,
  type ChunkServiceController,
  ChunkServiceControllerMethods,
  type FindMissingRequest,
  type FindMissingResponse,
  type LocateRequest,
  type LocateResponse,
} from '@holdfast/contracts/storage/v1';
import { AppError, parseChunkId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { encodeTrailerEntries } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import { ChunkIndex } from '../../app/chunk-index.port.js';
import { CheckGrant } from '../../app/check-grant.js';
import { FindMissing } from '../../app/find-missing.js';
import { ID_BYTES, readIds, writeIds } from './id-lists.js';

/** Chunk ids that one call may name. */
const MAX_CHUNKS = 1_000;
const MAX_QUESTIONS = 100;

@Controller()
@ChunkServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class ChunkController implements ChunkServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly missing: FindMissing,
    private readonly index: ChunkIndex,
  ) {}

  async findMissing({ questions }: FindMissingRequest, metadata?: Metadata): Promise<FindMissingResponse> {
    const ids = questions.reduce((sum, { chunkIds }) => sum + chunkIds.byteLength / ID_BYTES, 0);
    if (questions.length > MAX_QUESTIONS || ids > MAX_CHUNKS)
      throw new AppError(
        'INVALID_ARGUMENT',
        `questions have to be at most ${MAX_QUESTIONS}, with ${MAX_CHUNKS} chunks in all.`,
        { context: { field: 'questions', questions: questions.length, chunks: ids } },
      );
    const caller = callerOf(metadata);
    return { missingChunkIds: await Promise.all(questions.map((question) => this.#answer(question, caller))) };
  }

  async #answer({ grant, chunkIds }: ChunkQuestion, caller: string): Promise<Buffer> {
    const claims = await this.grants.read(grant, caller);
    const chunks = readIds('chunkIds', chunkIds, parseChunkId, MAX_CHUNKS);
    return writeIds(await this.missing.run(claims, chunks));
  }

  async locate(request: LocateRequest, metadata?: Metadata): Promise<LocateResponse> {
    const [tenant, vault] = [parseTenantId(request.tenantId), parseVaultId(request.vaultId)];
    await this.grants.mayRead(tenant, vault, request.grant, callerOf(metadata));
    const chunks = readIds('chunkIds', request.chunkIds, parseChunkId, MAX_CHUNKS);
    const packs = await this.index.locate(tenant, vault, chunks);
    return {
      packs: packs.map(({ pack, branch, entries }) => ({
        pack: Buffer.from(pack, 'hex'),
        branch,
        entries: encodeTrailerEntries(entries),
      })),
    };
  }
}
