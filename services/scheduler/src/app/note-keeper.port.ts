import type { BackupSetId, JobId, TenantId, VaultId } from '@holdfast/kernel';
import type { JobPart, SetVersion } from './notes.port.js';

/** Storage, which seals what it is told and keeps it in the vault. All may be repeated. */
export abstract class NoteKeeper {
  /** Without a definition: the set was deleted. */
  abstract keepSet(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    note: Pick<SetVersion, 'version'> & Partial<SetVersion>,
  ): Promise<void>;
  abstract keepJob(tenant: TenantId, vault: VaultId, job: JobId, part: JobPart): Promise<void>;
}
