import type { VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { BackupSetId, JobId, TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { NoteKeeper } from '../../app/note-keeper.port.js';
import type { JobPart, SetVersion } from '../../app/notes.port.js';

/** Tells storage, which alone writes to destinations. */
export class GrpcNoteKeeper extends NoteKeeper {
  readonly #storage: GrpcClient<VaultServiceController>;

  constructor(storage: GrpcConnection) {
    super();
    this.#storage = storage.client<VaultServiceController>('VaultService', { repeatable: ['keepSet', 'keepJob'] });
  }

  override async keepSet(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    { version, definition }: Pick<SetVersion, 'version'> & Partial<SetVersion>,
  ): Promise<void> {
    const definitionJson = definition ? JSON.stringify(definition) : '';
    await this.#storage.keepSet({ tenantId: tenant, vaultId: vault, backupSetId: set, version, definitionJson });
  }

  override async keepJob(tenant: TenantId, vault: VaultId, job: JobId, part: JobPart): Promise<void> {
    const { history, ...place } = part;
    const historyJson = JSON.stringify(history);
    await this.#storage.keepJob({ tenantId: tenant, vaultId: vault, jobId: job, ...place, historyJson });
  }
}
