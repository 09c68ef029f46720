import type { GrantClaims } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Epochs } from '../../app/epochs.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

@Injectable()
export class PostgresEpochs extends Epochs {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override check(claims: GrantClaims): Promise<void> {
    return this.database.inTenant(claims.tenant, async (tx) => {
      const raised = await tx
        .insertInto('epochs')
        .values({ tenant_id: claims.tenant, task_id: claims.task, epoch: claims.epoch })
        .onConflict((conflict) =>
          conflict.column('task_id').doUpdateSet({ epoch: claims.epoch }).where('epochs.epoch', '<=', claims.epoch),
        )
        .returning('epoch')
        .executeTakeFirst();
      if (raised) return;
      throw new AppError('GRANT_REFUSED', 'Another worker has taken over this task. Stop working on it.', {
        context: { taskId: claims.task, epoch: claims.epoch },
      });
    });
  }
}
