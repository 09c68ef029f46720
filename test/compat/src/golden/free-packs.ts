import { type PackName, parsePackId, type RandomBytes } from '@holdfast/kernel';
import { type Branch, readPackContents, Repacker, type SealedPack } from '@holdfast/vault';
import type { MemoryPacks } from './memory-packs.js';

const BRANCHES: readonly Branch[] = ['data', 'meta'];

/** Does what space freeing does with packs of which little is needed: their chunks are carried, as they are, into one pack of each branch. */
export async function freePacks(
  vault: MemoryPacks,
  names: readonly PackName[],
  indexKey: Uint8Array,
  random: RandomBytes,
): Promise<void> {
  for (const branch of BRANCHES) {
    const carried = await carry(vault, names, { branch, indexKey, random });
    if (carried) await vault.sink.put(carried);
  }
  for (const name of names) vault.packs.delete(name);
}

interface Carrying {
  readonly branch: Branch;
  readonly indexKey: Uint8Array;
  readonly random: RandomBytes;
}

async function carry(
  vault: MemoryPacks,
  names: readonly PackName[],
  { branch, indexKey, random }: Carrying,
): Promise<SealedPack | undefined> {
  let repacker: Repacker | undefined;
  for (const name of names) {
    const pack = vault.packs.get(name) ?? new Uint8Array();
    const { header, entries } = await contentsOf(pack, indexKey);
    if (header.branch !== branch) continue;
    repacker ??= new Repacker(header, parsePackId(Buffer.from(random(16)).toString('hex')), indexKey);
    for (const entry of entries) repacker.add(entry, pack.subarray(entry.offset, entry.offset + entry.sealedBytes));
  }
  return repacker?.finish();
}

function contentsOf(pack: Uint8Array, indexKey: Uint8Array) {
  const read = async (offset: number, length: number) => Buffer.from(pack.subarray(offset, offset + length));
  return readPackContents(read, pack.byteLength, indexKey);
}
