import type { GrantClaims } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Epochs } from '../../app/epochs.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

@Injectable()
export class PostgresEpochs extends Epochs {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  /** A plain look is the rule: only the first call of an epoch writes. */
  override check(claims: GrantClaims): Promise<void> {
    return this.database.inTenant(claims.tenant, async (tx) => {
      const seen = await tx
        .selectFrom('epochs')
        .select('epoch')
        .where('tenant_id', '=', claims.tenant)
        .where('task_id', '=', claims.task)
        .executeTakeFirst();
      if (seen?.epoch === claims.epoch || (await raise(tx, claims))) return;
      throw new AppError('GRANT_REFUSED', 'Another worker has taken over this task. Stop working on it.', {
        context: { taskId: claims.task, epoch: claims.epoch },
      });
    });
  }
}

/** False where a higher epoch was seen. */
async function raise(tx: Transaction<AuthSchema>, { tenant, task, epoch }: GrantClaims): Promise<boolean> {
  const raised = await tx
    .insertInto('epochs')
    .values({ tenant_id: tenant, task_id: task, epoch })
    .onConflict((conflict) => conflict.column('task_id').doUpdateSet({ epoch }).where('epochs.epoch', '<=', epoch))
    .returning('epoch')
    .executeTakeFirst();
  return raised !== undefined;
}
