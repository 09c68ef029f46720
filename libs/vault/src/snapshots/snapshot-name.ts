import type { BackupSetId, ResourceId, TenantId } from '@holdfast/kernel';
import { opaqueName } from '../notes/opaque-name.js';

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
  return opaqueName(indexKey, 'resource', tenant, set, resource);
}

/** The object's name, fixed before it is written: two snapshots of the same place in a chain cannot both exist. */
export function snapshotObjectName(opaqueResource: string, generation: number, number: number): string {
  return `snapshots/${opaqueResource}/${String(generation).padStart(8, '0')}-${String(number).padStart(10, '0')}`;
}

const NAME = /^snapshots\/([0-9a-f]{32})\/(\d{8})-(\d{10})$/;

/** What a snapshot object's name says; undefined for a name that is none. */
export function readSnapshotName(
  name: string,
): { readonly chain: string; readonly generation: number; readonly number: number } | undefined {
  const [, chain, generation, number] = NAME.exec(name) ?? [];
  return chain === undefined ? undefined : { chain, generation: Number(generation), number: Number(number) };
}
