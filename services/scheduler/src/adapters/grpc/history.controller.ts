import type { Metadata } from '@grpc/grpc-js';
import { jobHistory, setDefinition } from '@holdfast/contracts';
import {
  HistoryServiceControllerMethods,
  type HistoryServiceController,
  type TakeBackRequest,
  type TakeBackResponse,
} from '@holdfast/contracts/scheduler/v1';
import { AppError, parseBackupSetId, parseJobId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { GrantSigner } from '../../app/grant-signer.port.js';
import { History } from '../../app/history.port.js';

const MOST = 100;

/** Takes back what a rebuild finds, under the grant of its task. */
@Controller()
@HistoryServiceControllerMethods()
@CalledBy('storage')
export class HistoryController implements HistoryServiceController {
  constructor(
    private readonly history: History,
    private readonly signer: GrantSigner,
  ) {}

  async takeBack({ grant, sets, jobs }: TakeBackRequest, metadata?: Metadata): Promise<TakeBackResponse> {
    const claims = await this.signer.read(grant);
    if (claims.kind !== 'rebuild' || claims.holder !== callerOf(metadata))
      throw new AppError('GRANT_REFUSED', 'The grant is not for a rebuild task of the caller.', {
        context: { taskId: claims.task },
      });
    if (sets.length + jobs.length > MOST)
      throw new AppError('INVALID_ARGUMENT', `sets and jobs may name at most ${MOST} together; ask several times.`, {
        context: { field: 'sets', rule: `at most ${MOST} with jobs` },
      });
    const { tenant, vault } = claims;
    const taken = { sets: 0, jobs: 0 };
    for (const { backupSetId, version, definitionJson } of sets) {
      const definition = parsed('definitionJson', setDefinition, definitionJson);
      const set = { backupSetId: parseBackupSetId(backupSetId), version, definition };
      if (await this.history.takeBackSet(tenant, vault, set)) taken.sets += 1;
    }
    for (const { jobId, historyJson } of jobs) {
      const job = { jobId: parseJobId(jobId), history: parsed('historyJson', jobHistory, historyJson) };
      if (await this.history.takeBackJob(tenant, vault, job)) taken.jobs += 1;
    }
    return taken;
  }
}

function parsed<Schema extends z.ZodType>(field: string, schema: Schema, json: string): z.output<Schema> {
  const read = schema.safeParse(JSON.parse(json));
  if (read.success) return read.data;
  throw new AppError('INVALID_ARGUMENT', `${field} has to be what this version knows of sets and jobs.`, {
    context: { field, at: read.error.issues[0]?.path.join('.') ?? '' },
  });
}
