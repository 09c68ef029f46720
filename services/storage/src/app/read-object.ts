import type { ByteRange } from '@holdfast/destinations';
import { AppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { OwnPlaces } from './own-places.port.js';
import { otherPlace } from './receive-object.js';

/** Bytes of an object on their way to a reader. */
export interface ObjectBytes {
  readonly body: Readable;
  /** Length of `body`. */
  readonly bytes: number;
  /** Offset of its first byte. */
  readonly offset: number;
  /** Length of the whole object. */
  readonly totalBytes: number;
}

/** Reads what a place is for, whole or a range of it. */
@Injectable()
export class ReadObject {
  constructor(
    private readonly ownPlaces: OwnPlaces,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  async run(token: string, name: string, range: ByteRange | undefined): Promise<ObjectBytes> {
    const right = await this.ownPlaces.read(token);
    if (right.method !== 'GET' || right.address.name !== name) throw otherPlace();
    const { tenantId, vaultId, destinationId } = right.address;
    const destination = await this.directory.open(tenantId, vaultId, destinationId);
    const head = await this.health.watch(tenantId, destinationId, () => destination.head(name));
    if (!head)
      throw new AppError(
        'OBJECT_NOT_FOUND',
        'The destination does not hold the object. Check the integrity of the vault.',
      );
    const offset = range?.offset ?? 0;
    const bytes = Math.min(range?.length ?? head.bytes, Math.max(0, head.bytes - offset));
    return { body: await destination.get(name, range), bytes, offset, totalBytes: head.bytes };
  }
}
