import type { PackName } from '@holdfast/kernel';
import type { ContentRef } from '@holdfast/vault';
import type { BigIntStats } from 'node:fs';

/**
 * Contents of a vault that were read whole and found good. They count as proven for as long as every pack that was there then is the very
 * same file still; where one is gone, or was touched, all have to be read again.
 */
export class ProvenContents {
  readonly #contents = new Set<string>();
  #packs: ReadonlyMap<PackName, string> = new Map();

  /** Told of all packs each time when the vault is opened. */
  seePacks(files: ReadonlyMap<PackName, BigIntStats>): void {
    const packs = new Map([...files].map(([pack, file]) => [pack, identityOf(file)]));
    const isAsItWas = [...this.#packs].every(([pack, identity]) => packs.get(pack) === identity);
    if (!isAsItWas) this.#contents.clear();
    this.#packs = packs;
  }

  has(content: ContentRef): boolean {
    return this.#contents.has(nameOf(content));
  }

  add(content: ContentRef): void {
    this.#contents.add(nameOf(content));
  }
}

/** Differs when a file was replaced or written to: the time of its last change is not for programs to set. */
function identityOf({ dev, ino, size, ctimeNs }: BigIntStats): string {
  return `${dev}/${ino}/${size}/${ctimeNs}`;
}

function nameOf({ form, depth, bytes, sha256, chunks }: ContentRef): string {
  return `${form}/${depth}/${bytes}/${Buffer.from(sha256).toString('hex')}/${chunks.join(',')}`;
}
