import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import type { PackName } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { newRootKey } from '../keys/root-key.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { VaultReader } from './vault-reader.js';

const random = seededRandomBytes('damaged-copies');
const keys = deriveVaultKeys([newRootKey(random)]);

/** A vault whose packs lie at several places; the first one is read unless its bytes are bad. */
class SeveralPlaces extends MemoryVault {
  /** Places in their order: how each changes the bytes of a stretch. */
  copies: readonly ((stretch: Uint8Array) => Uint8Array)[] = [];
  copiesRead = 0;

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const [first = (bytes: Uint8Array) => bytes] = this.copies;
    return first(await super.readRange(pack, offset, length));
  }

  override async *readCopies(pack: PackName, offset: number, length: number) {
    for (const place of this.copies) {
      this.copiesRead += 1;
      yield place(await super.readRange(pack, offset, length));
    }
  }
}

const whole = (stretch: Uint8Array) => stretch;
const turned = (stretch: Uint8Array) => stretch.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
const cut = (stretch: Uint8Array) => stretch.slice(0, 10);

describe('a content of which copies are damaged', () => {
  const content = random(300_000);
  const readAt = async (places: SeveralPlaces['copies']) => {
    const vault = new SeveralPlaces();
    const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random });
    const { ref } = await writer.writeContent([content]);
    await writer.flush();
    vault.copies = places;
    const read = buffer(new VaultReader({ keys, source: vault }).readContent(ref));
    return { read, vault };
  };

  it.each([
    ['has a bit that was turned', turned],
    ['was cut', cut],
  ])('is read from the next place where the first copy %s', async (_what, damage) => {
    const { read, vault } = await readAt([damage, damage, whole]);
    expect((await read).equals(content)).toBe(true);
    expect(vault.copiesRead).toBeGreaterThanOrEqual(3);
  });

  it('asks no other place where the first copy is sound', async () => {
    const { read, vault } = await readAt([whole, turned]);
    expect((await read).equals(content)).toBe(true);
    expect(vault.copiesRead).toBe(0);
  });

  it('is told to be damaged where no copy is sound', async () => {
    const { read } = await readAt([turned, cut]);
    await expect(read).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  });

  it('is read from another pack that has a chunk of it, too', async () => {
    const vault = new SeveralPlaces();
    const write = async () => {
      const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random });
      const { ref } = await writer.writeContent([content]);
      await writer.flush();
      return { ref, places: await vault.locate(ref.chunks) };
    };
    const { places } = await write();
    vault.lookup.findMissing = async (ids) => new Set(ids);
    const { ref, places: others } = await write();
    vault.locate = async () => places;
    const damaged = new Set([...places.values()].map(({ pack }) => pack));
    const readRange = vault.readRange.bind(vault);
    vault.readRange = async (pack, ...range) =>
      damaged.has(pack) ? turned(await readRange(pack, ...range)) : readRange(pack, ...range);
    const read = () => buffer(new VaultReader({ keys, source: vault }).readContent(ref));
    await expect(read()).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
    vault.doubles = async ({ chunkId }) => [others.get(chunkId)!];
    expect((await read()).equals(content)).toBe(true);
  });

  it('is told to be damaged when nothing more is read, and little is read after it was seen', async () => {
    const vault = new SeveralPlaces();
    const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, packBytes: 64 * 1024 });
    const task = writer.forTask(vault.lookup);
    const refs = [];
    for (let number = 0; number < 20; number += 1) refs.push((await task.writeContent([random(60_000)])).ref);
    await task.flush();
    const readRange = vault.readRange.bind(vault);
    let [reading, begun] = [0, 0];
    vault.readRange = async (...range) => {
      const isFirst = begun === 0;
      begun += 1;
      reading += 1;
      await setTimeout(isFirst ? 1 : 20);
      reading -= 1;
      return isFirst ? cut(await readRange(...range)) : readRange(...range);
    };
    const ids = refs.flatMap(({ chunks }) => chunks);
    await expect(new VaultReader({ keys, source: vault }).readChunks('data', ids)).rejects.toMatchObject({
      code: 'CHUNK_CORRUPT',
    });
    expect({ reading, begun }).toEqual({ reading: 0, begun: 4 });
  });
});
