import type { Metadata } from '@grpc/grpc-js';
import type { GrantClaims } from '@holdfast/contracts';
import {
  FreeingServiceControllerMethods,
  type FreeingServiceController,
  type FreeingTerms,
  type FreeingTermsRequest,
  type ListOpenTasksRequest,
  type ListOpenTasksResponse,
} from '@holdfast/contracts/scheduler/v1';
import { AppError, parseTaskId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { GrantSigner } from '../../app/grant-signer.port.js';
import { VaultWork } from '../../app/vault-work.port.js';

/** Each may bring a checkpoint of 64 KiB. */
const TASKS_A_PAGE = 100;

@Controller()
@FreeingServiceControllerMethods()
@CalledBy('storage')
export class FreeingController implements FreeingServiceController {
  constructor(
    private readonly work: VaultWork,
    private readonly signer: GrantSigner,
  ) {}

  async getFreeingTerms({ grant }: FreeingTermsRequest, metadata?: Metadata): Promise<FreeingTerms> {
    const { tenant, job } = await this.#granted(grant, metadata);
    return { dryRun: await this.work.isDryRun(tenant, job) };
  }

  async listOpenTasks(
    { grant, afterTaskId }: ListOpenTasksRequest,
    metadata?: Metadata,
  ): Promise<ListOpenTasksResponse> {
    const { tenant, vault } = await this.#granted(grant, metadata);
    const after = afterTaskId === '' ? '' : parseTaskId(afterTaskId);
    const tasks = await this.work.openTasks(tenant, vault, { after, size: TASKS_A_PAGE });
    return {
      tasks: tasks.map(({ begunBeforeMs, checkpoint, ...ids }) => ({
        ...ids,
        begunBeforeMs: begunBeforeMs ?? -1,
        checkpoint: Buffer.from(checkpoint),
      })),
    };
  }

  async #granted(grant: string, metadata: Metadata | undefined): Promise<GrantClaims> {
    const claims = await this.signer.read(grant);
    if (claims.kind === 'freeing' && claims.holder === callerOf(metadata)) return claims;
    throw new AppError('GRANT_REFUSED', 'The grant is not for a space freeing task of the caller.', {
      context: { taskId: claims.task },
    });
  }
}
