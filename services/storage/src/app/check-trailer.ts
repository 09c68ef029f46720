import { isAppError, parsePackName, type DestinationId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { packObjectName, readPackContents } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import type { CheckScene } from './check-scene.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { IndexKeys } from './index-keys.port.js';
import { Integrity } from './integrity.port.js';
import type { StoredObject } from './object-places.port.js';
import { proofOf } from './register-packs.js';

/** Holds the index against the trailer of a pack that was read whole: the pack is what counts, and the index follows it. */
@Injectable()
export class CheckTrailer {
  constructor(
    private readonly integrity: Integrity,
    private readonly directory: DestinationDirectory,
    private readonly indexKeys: IndexKeys,
    private readonly logger: Logger,
  ) {}

  async run({ tenant, vault, jobId, counts }: CheckScene, at: DestinationId, object: StoredObject): Promise<void> {
    const { name, bytes, sha256 } = object;
    const packName = parsePackName(sha256);
    if (name !== packObjectName(packName)) return;
    const destination = await this.directory.open(tenant, vault, at);
    const { key } = await this.indexKeys.of(tenant, vault);
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    const { header, entries } = await readPackContents(read, bytes, key);
    const pack = { name: packName, bytes, branch: header.branch, destinationId: at, entries, packId: header.packId };
    try {
      proofOf(pack)(await this.integrity.chunksOf(tenant, vault, pack));
    } catch (error) {
      if (!isAppError(error, 'VAULT_OBJECT_INVALID')) throw error;
      await this.integrity.reindex(tenant, vault, pack);
      const told = { damage: 'trailer', state: 'mended', bytes, jobId } as const;
      await this.integrity.tell(tenant, vault, { destination: at, name }, told);
      counts.indexCorrected += 1;
      this.logger.warn('The index had other entries of a pack than the pack itself; it follows the pack', {
        object: name,
      });
    }
  }
}
