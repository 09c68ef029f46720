import type { ChunkId } from '@holdfast/kernel';
import { NeededIds, NeededIdsRoom } from '../../app/needed-ids.port.js';
import type { SnapshotNeeds } from '../../app/snapshot-needs.port.js';
import { FileSnapshotNeeds } from './file-snapshot-needs.js';
import { PartFiles } from './part-files.js';

const HEAD_BYTES = 8;

/** Keeps the heads of ids in files: eight bytes for each time that one is told, and four more where its snapshot is. */
export class FileNeededIdsRoom extends NeededIdsRoom {
  constructor(private readonly folder: string) {
    super();
  }

  override async open(): Promise<NeededIds> {
    return new FileNeededIds(await PartFiles.open(this.folder, HEAD_BYTES));
  }

  override openForSnapshots(): Promise<SnapshotNeeds> {
    return FileSnapshotNeeds.open(this.folder);
  }
}

class FileNeededIds extends NeededIds {
  constructor(private readonly files: PartFiles) {
    super();
  }

  override add(chunk: ChunkId): void {
    this.files.add(Number.parseInt(chunk.slice(0, 2), 16), chunk, HEAD_BYTES);
  }

  override async part(firstByte: number): Promise<BigUint64Array> {
    const bytes = await this.files.read(firstByte);
    const heads = new BigUint64Array(bytes.byteLength / HEAD_BYTES);
    for (let at = 0; at < heads.length; at++) heads[at] = bytes.readBigUInt64BE(at * HEAD_BYTES);
    return heads.sort();
  }

  override close(): Promise<void> {
    return this.files.close();
  }
}
