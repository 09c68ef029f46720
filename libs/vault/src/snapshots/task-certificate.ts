import {
  type BackupSetId,
  parseBackupSetId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  type ResourceId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';
import { isSignedBy, type SigningKey } from './signing-key.js';

const OBJECT = 'task certificate';

/** What a vault's signing key certifies: this task key may sign snapshots of this resource in this epoch (docs/format/v1.md#certificates). */
export interface TaskCertificate {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly set: BackupSetId;
  readonly resource: ResourceId;
  readonly epoch: number;
  readonly generation: number;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Milliseconds since the epoch; a snapshot finished later is not covered. */
  readonly notAfter: number;
}

export function issueTaskCertificate(certificate: TaskCertificate, vaultKey: SigningKey): Uint8Array {
  const { tenant, vault, set, resource, epoch, generation, publicKey, notAfter } = certificate;
  const payload = encodeCbor(
    new Map<number, CborValue>([
      [1, tenant],
      [2, vault],
      [3, set],
      [4, resource],
      [5, epoch],
      [6, generation],
      [7, publicKey],
      [8, notAfter],
    ]),
  );
  return encodeCbor([payload, vaultKey.sign('certificate', payload)]);
}

/** Reads a certificate and checks that the vault's key signed it; VAULT_OBJECT_INVALID when it did not. */
export function verifyTaskCertificate(bytes: Uint8Array, vaultPublicKey: Uint8Array): TaskCertificate {
  const parts = decodeCbor(bytes, OBJECT, 4096);
  const [payload, signature] = Array.isArray(parts) ? (parts as readonly unknown[]) : [];
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array))
    throw brokenObject(OBJECT, 'it is [payload, signature]');
  if (!isSignedBy(vaultPublicKey, 'certificate', payload, signature))
    throw brokenObject(OBJECT, "it is signed with the vault's signing key");
  const fields = CborFields.decode(payload, OBJECT);
  return {
    tenant: parseStored(OBJECT, parseTenantId, fields.text(1, 'tenant')),
    vault: parseStored(OBJECT, parseVaultId, fields.text(2, 'vault')),
    set: parseStored(OBJECT, parseBackupSetId, fields.text(3, 'set')),
    resource: parseStored(OBJECT, parseResourceId, fields.text(4, 'resource')),
    epoch: fields.count(5, 'epoch'),
    generation: fields.count(6, 'generation'),
    publicKey: fields.bytes(7, 'publicKey', 32),
    notAfter: fields.integer(8, 'notAfter'),
  };
}
