import type { ObjectInfo } from '@holdfast/destinations';
import type { JobId, TenantId, VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Integrity } from './integrity.port.js';
import type { RebuildCounts, RebuildScene } from './rebuild-scene.js';

/** By what an object is of, the count of those that are damaged. */
export type DamagedKind = keyof Pick<
  RebuildCounts,
  'packsDamaged' | 'snapshotsDamaged' | 'keysDamaged' | 'notesDamaged'
>;

/** What a rebuild found damaged: left out of the index there, and mended where another destination turns out to hold it whole. */
@Injectable()
export class DamagedCopies {
  constructor(
    private readonly integrity: Integrity,
    private readonly logger: Logger,
  ) {}

  /** Kept as a finding, because the destination that holds it whole may be read later. */
  async note(scene: RebuildScene, { name, bytes }: ObjectInfo, kind: DamagedKind, error?: unknown): Promise<void> {
    const { tenant, vault, id, held, counts } = scene;
    counts[kind] += 1;
    scene.damaged += 1;
    const told = { damage: 'unknown', state: 'told', bytes, jobId: held.lease.jobId } as const;
    await this.integrity.tell(tenant, vault, { destination: id, name }, told);
    this.logger.warn('An object is left out of the rebuild at a destination: it is damaged there', {
      destinationId: id,
      object: name,
      error,
    });
  }

  /** Has good copies take the places of those that some destination holds whole; answers how many. */
  mend(tenant: TenantId, vault: VaultId, job: JobId): Promise<number> {
    return this.integrity.replaceUnknown(tenant, vault, job);
  }
}
