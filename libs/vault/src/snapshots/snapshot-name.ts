import { createHmac } from 'node:crypto';
import type { BackupSetId, ResourceId, TenantId } from '@holdfast/kernel';

/**
 * The name under which destinations see the chain of one set's snapshots of one resource: 32 hexadecimal digits that tell nothing
 * without the index key (docs/format/v1.md#snapshot-names).
 */
export function opaqueResourceId(
  tenant: TenantId,
  set: BackupSetId,
  resource: ResourceId,
  indexKey: Uint8Array,
): string {
  const message = ['holdfast/v1/resource', tenant, set, resource].join('\0');
  return createHmac('sha256', indexKey).update(message).digest('hex').slice(0, 32);
}

/** The object's name, fixed before it is written: two snapshots of the same place in a chain cannot both exist. */
export function snapshotObjectName(opaqueResource: string, generation: number, number: number): string {
  return `snapshots/${opaqueResource}/${String(generation).padStart(8, '0')}-${String(number).padStart(10, '0')}`;
}
