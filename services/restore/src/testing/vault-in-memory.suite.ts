import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseVaultId,
  type ResourceId,
  type SnapshotId,
  type TenantId,
} from '@holdfast/kernel';
import { MemoryVault } from '@holdfast/testkit';
import {
  type ChunkSource,
  deriveVaultKeys,
  issueTaskCertificate,
  type ItemRecord,
  newRootKey,
  openSnapshot,
  sealSnapshot,
  SigningKey,
  snapshotIdOf,
  SnapshotDraft,
  VaultReader,
  VaultStore,
  VaultWriter,
} from '@holdfast/vault';
import { randomBytes, randomUUID } from 'node:crypto';
import type { TargetAccess } from '../app/target-access.port.js';
import { type GivenSnapshot, type Reading, VaultAccess, type VaultSecrets } from '../app/vault-access.port.js';

const never = new AbortController().signal;
const set = parseBackupSetId('33333333-3333-4333-8333-333333333333');

/** A vault in memory, filled from the simulator as a crawler would, behind the port that auth and storage stand behind. */
export class VaultInMemory extends VaultAccess {
  readonly id = parseVaultId(randomUUID());
  readonly readings: Reading[] = [];
  readonly #memory = new MemoryVault();
  readonly #signing = SigningKey.fromSeed(randomBytes(32));
  readonly #secrets: VaultSecrets = {
    keys: deriveVaultKeys([newRootKey(randomBytes)]),
    signingKeys: new Map([[1, this.#signing.publicKey]]),
  };
  readonly #snapshots = new Map<SnapshotId, Uint8Array>();

  constructor(private readonly tenant: TenantId) {
    super();
  }

  override async openToRead(_tenant: TenantId, _vault: string, reading: Reading): Promise<VaultSecrets> {
    this.readings.push(reading);
    return this.#secrets;
  }

  override async openForTask(): Promise<VaultSecrets> {
    return this.#secrets;
  }

  override async sealedSnapshot(_tenant: TenantId, _vault: string, snapshot: SnapshotId): Promise<GivenSnapshot> {
    const sealed = this.#snapshots.get(snapshot);
    if (sealed) return { sealed, keptForMs: 86_400_000 };
    throw new AppError('NOT_FOUND', 'There is no such snapshot.');
  }

  override chunks(): ChunkSource {
    return this.#memory;
  }

  /** Reads all of the resource into a snapshot; `more` is told to it besides. */
  async save(
    resource: ResourceId,
    { reader }: Pick<TargetAccess, 'reader'>,
    more: (draft: SnapshotDraft, writer: VaultWriter) => Promise<void> = async () => undefined,
  ): Promise<SnapshotId> {
    const { keys } = this.#secrets;
    const writer = new VaultWriter({ keys, lookup: this.#memory.lookup, sink: this.#memory.sink, random: randomBytes });
    const store = new VaultStore(writer, new VaultReader({ keys, source: this.#memory }));
    const draft = await SnapshotDraft.open({ context: { store, treeKey: keys.treeKey }, parent: undefined });
    for await (const change of reader.enumerate(undefined, never)) {
      if (change.type === 'skipped')
        await draft.put(change.id, {
          ...bare(change.record),
          leftOut: { as: change.cause.as, cause: change.cause.code },
        });
      if (change.type !== 'item') continue;
      const { record, id } = change;
      const parts: Record<string, unknown> = {};
      if (record.contentForm !== undefined) {
        const bytes = reader.readContent(id, record, never);
        const { ref } = await (record.contentForm === 'mime' ? writer.writeMail(bytes) : writer.writeContent(bytes));
        const extras: Record<string, unknown> = {};
        for (const [name, inline] of Object.entries(record.inlineExtras ?? {}))
          extras[name] = (await writer.writeContent([Buffer.from(inline)])).ref;
        for (const [name, stream] of Object.entries(await reader.readExtras(id, record, never)))
          extras[name] = (await writer.writeContent(stream)).ref;
        Object.assign(parts, { content: ref }, Object.keys(extras).length > 0 ? { extras } : {});
      }
      await draft.put(id, { ...bare(record), ...parts });
    }
    await more(draft, writer);
    return this.#seal(resource, await draft.finish({}));
  }

  #seal(resource: ResourceId, body: Parameters<typeof sealSnapshot>[0]['body']): SnapshotId {
    const task = SigningKey.fromSeed(randomBytes(32));
    const scope = { tenant: this.tenant, vault: this.id, set, resource, epoch: 1, generation: 1 };
    const certificate = issueTaskCertificate({ ...scope, publicKey: task.publicKey, notAfter: 1e15 }, this.#signing);
    const header = {
      ...scope,
      job: parseJobId(randomUUID()),
      number: 1,
      parent: undefined,
      jobStartedAt: 1,
      startedAt: 1,
      finishedAt: 2,
      timeZone: 'UTC',
      newPacks: [],
      certificate,
    };
    const sealed = sealSnapshot({ header, body }, this.#secrets.keys, task, randomBytes);
    openSnapshot(sealed, this.#secrets.keys);
    const id = snapshotIdOf(sealed);
    this.#snapshots.set(id, sealed);
    return id;
  }
}

function bare({ contentForm: _form, inlineExtras: _extras, ...record }: Record<string, unknown> & object): ItemRecord {
  return record as unknown as ItemRecord;
}
