import { SystemClock } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { logTree, SnapshotDraft } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { openDraft } from './open-draft.js';

const context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(7) };
const options = { context, parent: undefined, chain: 'set/mail.a' };
const open = (checkpoint: Uint8Array) => openDraft({ ...options, checkpoint }, new SystemClock(), new SilentLogger());

describe('openDraft', () => {
  it('goes on from a checkpoint of its own version', async () => {
    const first = await SnapshotDraft.open(options);
    await first.put('m1', { kind: 'message', name: 'A', bytes: 1, properties: {} });
    const draft = await open(await first.checkpoint({ inbox: 'half' }));
    expect([draft.isResumed, draft.cursor]).toEqual([true, { inbox: 'half' }]);
  });

  it('begins from the parent where another version wrote the checkpoint, and says so in the log', async () => {
    // {8: chain} and no version, as the first checkpoints had none.
    const stored = Buffer.concat([Buffer.of(0xa1, 0x08, 0x60 + options.chain.length), Buffer.from(options.chain)]);
    const reference = Buffer.from(await context.store.put('meta', stored), 'hex');
    const draft = await open(reference);
    expect([draft.isResumed, draft.cursor]).toEqual([false, undefined]);
    const { log } = await draft.finish({}, { unexplained: 0 });
    const rows = await Array.fromAsync(logTree(context).scan(log), ([, row]) => row);
    expect(rows).toMatchObject([{ about: 'note', code: 'CHECKPOINT_DROPPED' }]);
  });

  it('refuses the checkpoint of another chain', async () => {
    const other = await SnapshotDraft.open({ ...options, chain: 'set/mail.b' });
    await expect(open(await other.checkpoint({}))).rejects.toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
  });
});
