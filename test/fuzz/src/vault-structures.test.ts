import { AppError, type ChunkId } from '@holdfast/kernel';
import {
  type Branch,
  ChunkStore,
  decodeCbor,
  decodeContentList,
  decodeItemRecord,
  decodeTrailerEntries,
  encodeCbor,
  cursorsTree,
  encodeItemRecord,
  foldersTree,
  type ItemRecord,
  itemsTree,
  logTree,
  owedTree,
  SnapshotDraft,
  sortKeyOf,
} from '@holdfast/vault';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, type Damage, fuzzRuns, someDamage } from './fuzz-runs.js';

jest.setTimeout(LONGEST_LOOK_MS);

const record: ItemRecord = {
  kind: 'message',
  parentId: 'folder',
  name: 'Subject',
  sortAt: 1_700_000_000_000,
  bytes: 12,
  changeTag: 'tag',
  properties: { from: { emailAddress: { address: 'a@example.org' } }, categories: ['x', 'y'], isRead: true },
  content: { bytes: 12, form: 'mime', sha256: new Uint8Array(32), chunks: ['ab'.repeat(32) as ChunkId], depth: 0 },
};

/** Chunks in a map; those it gives back may be damaged on the way. */
class LyingStore extends ChunkStore {
  readonly #chunks = new Map<ChunkId, Uint8Array>();
  damages: readonly Damage[] = [];
  lieAbout = 0;
  #reads = 0;

  begin(damages: readonly Damage[], lieAbout: number): void {
    this.damages = damages;
    this.lieAbout = lieAbout;
    this.#reads = 0;
  }

  override async put(_branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    const id = createHash('sha256').update(plain).digest('hex') as ChunkId;
    this.#chunks.set(id, Uint8Array.from(plain));
    return id;
  }

  override async get(_branch: Branch, id: ChunkId): Promise<Uint8Array> {
    const chunk = this.#chunks.get(id);
    if (!chunk) throw new AppError('CHUNK_NOT_FOUND', 'There is no such chunk.');
    return this.#reads++ === this.lieAbout ? damaged(chunk, this.damages) : chunk;
  }

  override async flush(): Promise<void> {}
}

describe('structures inside chunks', () => {
  it.each([
    ['CBOR', (bytes: Uint8Array) => void decodeCbor(bytes, 'test object')],
    ['item record', (bytes: Uint8Array) => void decodeItemRecord(bytes)],
    ['content list', (bytes: Uint8Array) => void decodeContentList(bytes)],
    ['trailer', (bytes: Uint8Array) => void decodeTrailerEntries(bytes)],
  ])('reads any bytes as a %s or refuses them by name', async (_, read) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 512 }), async (bytes) => {
        await answerOrRefusal(() => read(bytes));
      }),
      fuzzRuns(2),
    );
  });

  it('takes no CBOR but in its one form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        const reading = await answerOrRefusal(() => decodeCbor(bytes, 'test object'));
        if ('answer' in reading) expect(Buffer.from(encodeCbor(reading.answer)).equals(bytes)).toBe(true);
      }),
      fuzzRuns(5),
    );
  });

  it('reserves nothing on the word of a length', async () => {
    const claims = fc.tuple(
      fc.constantFrom(0x40, 0x60, 0x80, 0xa0),
      fc.constantFrom(26, 27),
      fc.uint8Array({ maxLength: 16 }),
    );
    const before = process.memoryUsage().arrayBuffers;
    await fc.assert(
      fc.asyncProperty(claims, async ([major, size, rest]) => {
        const length = Buffer.alloc(size === 26 ? 4 : 8, 0x0f);
        await answerOrRefusal(() => decodeCbor(Buffer.concat([Buffer.of(major | size), length, rest]), 'test object'));
      }),
      fuzzRuns(),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });

  it('reads a damaged item record or refuses it by name', async () => {
    const bytes = encodeItemRecord(record);
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        await answerOrRefusal(() => decodeItemRecord(damaged(bytes, damages)));
      }),
      fuzzRuns(3),
    );
  });
});

describe('trees', () => {
  const store = new LyingStore();
  const context = { store, treeKey: new Uint8Array(32) };
  const scans: Record<string, () => AsyncIterable<unknown>> = {};

  beforeAll(async () => {
    const numbers = Array.from({ length: 600 }, (_, n) => n);
    const id = (n: number) => `item-${String(n).padStart(4, '0')}`;
    const items = await itemsTree(context).build(numbers.map((n) => [id(n), record]));
    scans['items'] = () => itemsTree(context).scan(items);
    const listed = { kind: 'message', name: 'Subject', bytes: 12, isLeftOut: false, properties: {} } as const;
    const folders = await foldersTree(context).build(
      numbers.map((n) => [{ parentId: 'folder', sortKey: sortKeyOf(record), itemId: id(n) }, listed]),
    );
    scans['folders'] = () => foldersTree(context).scan(folders);
    const cursors = await cursorsTree(context).build(numbers.map((n) => [id(n), 'token'.repeat(20)]));
    scans['cursors'] = () => cursorsTree(context).scan(cursors);
    const debt = { kind: 'message', code: 'GRAPH_LOCKED', attempts: 1, since: 1 } as const;
    const owed = await owedTree(context).build(numbers.map((n) => [id(n), debt]));
    scans['owed'] = () => owedTree(context).scan(owed);
    const row = { at: 1, about: 'note', code: 'NOTE', reason: 'A reason.' } as const;
    const log = await logTree(context).build(numbers.map((n) => [n, row]));
    scans['log'] = () => logTree(context).scan(log);
  });

  it.each(['items', 'folders', 'cursors', 'owed', 'log'])(
    'of %s end their scan or refuse a node by name, whatever a node holds',
    async (tree) => {
      await fc.assert(
        fc.asyncProperty(someDamage, fc.nat(12), async (damages, lieAbout) => {
          store.begin(damages, lieAbout);
          await answerOrRefusal(async () => (await Array.fromAsync(scans[tree]!())).length);
        }),
        fuzzRuns(0.5),
      );
    },
  );
});

describe('checkpoints', () => {
  const store = new LyingStore();
  const context = { store, treeKey: new Uint8Array(32) };
  let checkpoint: Uint8Array = new Uint8Array();

  beforeAll(async () => {
    const draft = await SnapshotDraft.open({ context, parent: undefined, bufferBytes: 4096 });
    for (let n = 0; n < 60; n++)
      await draft.put(`item-${n}`, { ...record, name: 'x'.repeat(n % 20 === 0 ? 4000 : 10) });
    draft.owe('owed', { kind: 'message', since: 1, attempts: 1, code: 'TEST' });
    checkpoint = await draft.checkpoint({ folder: 'cursor' });
  });

  it('are gone on from or refused by name, whatever they and what they refer to hold', async () => {
    await fc.assert(
      fc.asyncProperty(someDamage, fc.nat(30), fc.boolean(), async (damages, lieAbout, isReferenceHit) => {
        store.begin(isReferenceHit ? [] : damages, lieAbout);
        await answerOrRefusal(async () => {
          const draft = await SnapshotDraft.open({
            context,
            parent: undefined,
            checkpoint: isReferenceHit ? damaged(checkpoint, damages) : checkpoint,
          });
          await draft.known(['item-0', 'item-59', 'none']);
          return (await draft.finish({})).items?.entries;
        });
      }),
      fuzzRuns(),
    );
  });
});
