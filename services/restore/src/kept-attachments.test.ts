import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import { parseAttachments } from '@holdfast/workloads';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { unzipSync } from 'fflate';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { exportContent } from './app/export-content.js';
import type { ExportFormat } from './app/exports.port.js';
import type { OpenedSnapshot } from './app/opened-vault.js';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let resourceId: ResourceId;
let snapshotId: SnapshotId;
let snapshot: OpenedSnapshot;
let itemId: string;
let record: ItemRecord;

beforeAll(async () => {
  world = await RestoreWorld.start();
  const [user = ''] = await world.users('mail');
  resourceId = resourceIdOf('mail', user);
  await world.mutate('mail', user, { op: 'arrive', shape: 'broken-base64' });
  snapshotId = await world.save('mail', user);
  const vault = await world.vaults.toRead(world.tenant, world.vault.id, { actor: 'tester', reason: 'export' });
  snapshot = await vault.snapshot(resourceId, snapshotId);
  const all = await Array.fromAsync(snapshot.vault.items.scan(snapshot.body.items));
  [itemId, record] = all.find(([, { extras }]) => extras?.['attachments'] !== undefined)!;
});
afterAll(() => world.close());

const part = () => ({ resourceId, snapshotId, itemIds: [itemId] });
const download = (format: ExportFormat) =>
  buffer(Readable.from(exportContent(format, [{ part: part(), snapshot }]), { objectMode: false }));

describe('a download of a message whose MIME is damaged', () => {
  it('has the attachments that were kept beside it, in a folder beside it', async () => {
    const ref = record.extras!['attachments']!;
    const [kept] = await Array.fromAsync(parseAttachments(snapshot.vault.reader.readContent(ref)));
    const files = Object.entries(unzipSync(await download('zip')));
    expect(files.map(([path]) => path)).not.toContain('Not exported.txt');
    const [path, bytes] = files.find(([name]) => / attachments\/[^/]+$/.test(name))!;
    expect(Buffer.from(bytes).toString('base64')).toBe(kept!.contentBytes);
    const eml = path.replace(/ attachments\/[^/]+$/, '.eml');
    expect(files.map(([name]) => name)).toContain(eml);
  });

  it('is its MIME as it is where there is room for nothing else', async () => {
    const mime = await buffer(Readable.from(snapshot.vault.reader.readContent(record.content!)));
    expect((await download('eml')).equals(mime)).toBe(true);
    expect((await download('mbox')).toString().match(/^From MAILER-DAEMON /gm)).toHaveLength(1);
  });
});
