import type { ChunkId } from '@holdfast/kernel';
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { ID_PARTS, NeededIds, NeededIdsRoom } from '../../app/needed-ids.port.js';

const HEAD_BYTES = 8;
/** Collected for each part before they are written: 4 MiB in all. */
const BUFFER_BYTES = 16 * 1024;

/** Keeps the heads of ids in 256 files of a folder of its own, which goes when it is closed: eight bytes for each time that one is told. */
export class FileNeededIdsRoom extends NeededIdsRoom {
  constructor(private readonly folder: string) {
    super();
  }

  override async open(): Promise<NeededIds> {
    const folder = await mkdtemp(join(this.folder, 'holdfast-needed-'));
    const files = await Promise.all(Array.from({ length: ID_PARTS }, (_, part) => open(fileOf(folder, part), 'wx')));
    return new FileNeededIds(folder, files);
  }
}

const fileOf = (folder: string, part: number) => join(folder, part.toString(16).padStart(2, '0'));

class FileNeededIds extends NeededIds {
  readonly #buffers = Array.from({ length: ID_PARTS }, () => Buffer.allocUnsafe(BUFFER_BYTES));
  readonly #used = new Uint32Array(ID_PARTS);

  constructor(
    private readonly folder: string,
    private readonly files: readonly FileHandle[],
  ) {
    super();
  }

  override add(chunk: ChunkId): void {
    const part = Number.parseInt(chunk.slice(0, 2), 16);
    const used = this.#used[part] ?? 0;
    this.#buffers[part]?.write(chunk, used, HEAD_BYTES, 'hex');
    this.#used[part] = used + HEAD_BYTES;
    if (used + HEAD_BYTES === BUFFER_BYTES) this.#write(part);
  }

  override async part(firstByte: number): Promise<BigUint64Array> {
    this.#write(firstByte);
    const bytes = await readFile(fileOf(this.folder, firstByte));
    const heads = new BigUint64Array(bytes.byteLength / HEAD_BYTES);
    for (let at = 0; at < heads.length; at++) heads[at] = bytes.readBigUInt64BE(at * HEAD_BYTES);
    return heads.sort();
  }

  override async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** At once: a write of 16 KiB goes to the system's cache in less time than a promise takes. */
  #write(part: number): void {
    const [file, buffer, used] = [this.files[part], this.#buffers[part], this.#used[part] ?? 0];
    if (!file || !buffer || used === 0) return;
    writeSync(file.fd, buffer, 0, used);
    this.#used[part] = 0;
  }
}
