import {
  type BrowseServiceController,
  ConflictPolicy,
  type ExportServiceController,
  type ListFolderResponse,
  MatchKind,
  type PlanServiceController,
  type SearchServiceController,
} from '@holdfast/contracts/restore/v1';
import { type ChunkId, parseJobId, type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { GrpcConnection, RunningService } from '@holdfast/platform';
import { DELETION_CAUSES } from '@holdfast/workloads';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { unzipSync } from 'fflate';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
const MIB = 2 ** 20;
/** Of a file that is larger than what a download reads before it sends any of it. */
const PARTS = 20;
let world: RestoreWorld;
let folder: string;
let service: RunningService;
let gateway: GrpcConnection;
let mail: { resourceId: ResourceId; snapshotId: SnapshotId };
let drive: { resourceId: ResourceId; snapshotId: SnapshotId };

beforeAll(async () => {
  world = await RestoreWorld.start();
  folder = await mkdtemp(join(tmpdir(), 'hf-'));
  ({ service, gateway } = await world.serve(`unix:${join(folder, 'r.sock')}`));
  const [reader = ''] = await world.users('mail');
  const [owner = ''] = await world.users('drive');
  mail = { resourceId: resourceIdOf('mail', reader), snapshotId: await world.save('mail', reader) };
  drive = { resourceId: resourceIdOf('drive', owner), snapshotId: await world.save('drive', owner) };
});
afterAll(async () => {
  gateway.close();
  await service.close();
  await world.close();
  await rm(folder, { recursive: true });
});

const place = (of: typeof mail) => ({ tenantId: world.tenant, vaultId: world.vault.id, actor: 'key-1', ...of });
const list = (of: typeof mail, folderId = ''): Promise<ListFolderResponse> =>
  gateway
    .client<BrowseServiceController>('BrowseService')
    .listFolder({ place: place(of), folderId, pageSize: 500, pageToken: '' });

async function exported(format: string, sources: { resourceId: string; snapshotId: string; itemIds: string[] }[]) {
  const made = await gateway.client<ExportServiceController>('ExportService').createExport({
    tenantId: world.tenant,
    vaultId: world.vault.id,
    sources: sources.map((source) => ({ ...source, targetAccountId: '' })),
    format,
    actor: 'key-1',
  });
  return { made, fetched: () => fetch(`${service.httpUrl}${made.path}`) };
}

describe('the restore service', () => {
  it('answers the gateway about folders and items', async () => {
    const { items } = await list(mail);
    expect(items.length).toBeGreaterThan(3);
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['mail-folder', 'search-folder']));
  });

  it('finds those of some items that any of some snapshots has, but for what a deletion left of one', async () => {
    const [message = ''] = await world.find([mail], { kinds: new Set(['message']) });
    const deleted = { kind: 'message', name: '', bytes: 0, properties: {} } as const;
    const snapshotId = await world.vault.save(mail.resourceId, world.access(mail.resourceId), (draft) =>
      draft.put('deleted', { ...deleted, leftOut: { as: 'excluded', cause: DELETION_CAUSES.deleted.code } }),
    );
    const { actor, tenantId, vaultId, resourceId } = place(mail);
    const find = (snapshotIds: string[], ...itemIds: string[]) =>
      gateway
        .client<BrowseServiceController>('BrowseService')
        .findItems({ tenantId, vaultId, resourceId, snapshotIds, itemIds, actor });
    const ids = ['nobody', message, 'deleted'];
    expect((await find([snapshotId, mail.snapshotId], ...ids)).itemIds).toEqual([message]);
    const gone = 'cd'.repeat(32);
    expect((await find([gone, mail.snapshotId], ...ids)).itemIds).toEqual([message]);
    expect((await find([gone], ...ids)).itemIds).toEqual([]);
    await expect(find([], message)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(find([snapshotId])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('refuses what breaks a rule, naming the field', async () => {
    const browse = gateway.client<BrowseServiceController>('BrowseService');
    const request = { place: { ...place(mail), snapshotId: 'x' }, folderId: '', pageSize: 0, pageToken: '' };
    await expect(browse.listFolder(request)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { context: { field: 'snapshotId' } },
    });
    const nobody = { ...request, place: { ...place(mail), actor: '' } };
    await expect(browse.listFolder(nobody)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const other = { ...request, place: { ...place(mail), resourceId: drive.resourceId } };
    await expect(browse.listFolder(other)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('searches several resources at once', async () => {
    const found = await gateway.client<SearchServiceController>('SearchService').search({
      tenantId: world.tenant,
      vaultId: world.vault.id,
      places: [mail, drive].map(place),
      folderId: '',
      skipSubfolders: false,
      pattern: '',
      match: MatchKind.MATCH_KIND_UNSPECIFIED,
      matchCase: false,
      fields: [],
      kinds: [],
      fromMs: 0,
      toMs: 0,
      minBytes: 0,
      maxBytes: 0,
      pageSize: 500,
      pageToken: '',
      actor: 'key-1',
    });
    expect(new Set(found.items.map(({ resourceId }) => resourceId))).toEqual(
      new Set([mail.resourceId, drive.resourceId]),
    );
    expect(found.examined).toBeGreaterThanOrEqual(found.items.length);
  });

  it('plans, and starts the job that the plan named, or shows the one that follows it', async () => {
    const plans = gateway.client<PlanServiceController>('PlanService');
    const source = { ...mail, itemIds: [], targetAccountId: '' };
    const plan = await plans.createPlan({
      tenantId: world.tenant,
      vaultId: world.vault.id,
      sources: [source],
      policy: ConflictPolicy.CONFLICT_POLICY_KEEP_BOTH,
      targetFolder: 'Restored',
      actor: 'key-1',
    });
    expect(plan).toMatchObject({ jobId: '', policy: ConflictPolicy.CONFLICT_POLICY_KEEP_BOTH });
    expect(plan.counts!.createFolders).toBeGreaterThan(0);
    const asked = { tenantId: world.tenant, planId: plan.planId, actor: 'key-1' };
    const { jobId } = await plans.performPlan(asked);
    expect(await plans.performPlan(asked)).toEqual({ jobId });
    expect(world.orders).toMatchObject([{ jobId, targets: [mail.resourceId] }, { jobId }]);
    expect(await plans.getPlan(asked)).toMatchObject({ jobId });
    const further = parseJobId(randomUUID());
    world.furtherJobs.set(parseJobId(jobId), further);
    expect(await plans.performPlan(asked)).toEqual({ jobId: further });
    expect(await plans.performPlan(asked)).toEqual({ jobId: further });
    expect(world.orders.at(-1)).toMatchObject({ jobId: further });
    expect(await plans.getPlan(asked)).toMatchObject({ jobId: further });
    expect(await plans.getRestoreReport(asked)).toMatchObject({ jobId: further });
  });

  it('takes a resource that is named twice once, and an item of it as of one time only', async () => {
    const planned = (...sources: (typeof mail & { itemIds: string[] })[]) =>
      gateway.client<PlanServiceController>('PlanService').createPlan({
        tenantId: world.tenant,
        vaultId: world.vault.id,
        sources: sources.map((source) => ({ ...source, targetAccountId: '' })),
        policy: ConflictPolicy.CONFLICT_POLICY_OVERWRITE,
        targetFolder: 'Named twice',
        actor: 'key-1',
      });
    const [first = '', second = ''] = await world.find([mail], { kinds: new Set(['message']) });
    const one = { ...mail, itemIds: [first] };
    const two = { ...mail, itemIds: [second] };
    expect((await planned(one, one)).counts).toMatchObject({ create: 1 });
    expect((await planned(one, two, one)).counts).toMatchObject({ create: 2 });
    const whole = { ...mail, itemIds: [] };
    const { create, bytes } = (await planned(whole)).counts!;
    expect((await planned(whole, one)).counts).toMatchObject({ create, bytes });
    const snapshotId = await world.vault.save(mail.resourceId, world.access(mail.resourceId));
    expect((await planned(one, { ...two, snapshotId })).counts).toMatchObject({ create: 2 });
    for (const itemIds of [[first], []])
      await expect(planned(one, { ...mail, snapshotId, itemIds })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: { context: { field: 'sources' } },
      });
  });

  it('refuses a target folder that a drive cannot have, when the plan is made', async () => {
    const planned = (of: typeof mail) =>
      gateway.client<PlanServiceController>('PlanService').createPlan({
        tenantId: world.tenant,
        vaultId: world.vault.id,
        sources: [{ ...of, itemIds: [], targetAccountId: '' }],
        policy: ConflictPolicy.CONFLICT_POLICY_SKIP,
        targetFolder: 'a:b*?',
        actor: 'key-1',
      });
    const refusal = { code: 'INVALID_ARGUMENT', details: { context: { field: 'targetFolder' } } };
    await expect(planned(drive)).rejects.toMatchObject(refusal);
    expect(await planned(mail)).toMatchObject({ jobId: '' });
  });
});

describe('a download', () => {
  it('of one message is its MIME, once', async () => {
    const [message = ''] = await world.find([mail], { kinds: new Set(['message']) });
    const { made, fetched } = await exported('eml', [{ ...mail, itemIds: [message] }]);
    expect(made.fileName).toMatch(/\.eml$/);
    const answer = await fetched();
    expect(answer.headers.get('content-type')).toBe('message/rfc822');
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''");
    const mime = Buffer.from(await answer.arrayBuffer());
    const owner = mail.resourceId.slice('mail.'.length);
    const dump = (await world.dump(owner, 'mail')).find(({ id }) => id === message);
    expect(createHash('sha256').update(mime).digest('hex')).toBe(dump!.fields['mimeSha256']);
    expect((await fetched()).status).toBe(404);
  });

  it('of a drive is a ZIP with every file', async () => {
    const { fetched } = await exported('zip', [{ ...drive, itemIds: [] }]);
    const files = unzipSync(Buffer.from(await (await fetched()).arrayBuffer()));
    const hashes = new Set(Object.values(files).map((bytes) => createHash('sha256').update(bytes).digest('hex')));
    const owner = drive.resourceId.slice('drive.'.length);
    for (const { contentHash, fields } of await world.dump(owner, 'drive'))
      if (contentHash !== undefined && fields['malware'] !== true) expect(hashes).toContain(contentHash);
  });

  it('of a mailbox is an mbox with every message', async () => {
    const { made, fetched } = await exported('mbox', [{ ...mail, itemIds: [] }]);
    expect(made.fileName).toMatch(/^export \d{4}-\d\d-\d\d\.mbox$/);
    const text = Buffer.from(await (await fetched()).arrayBuffer()).toString('latin1');
    const messages = await world.find([mail], { kinds: new Set(['message']) });
    expect(text.match(/^From MAILER-DAEMON /gm)).toHaveLength(messages.length);
  });

  describe('of what is lost in part', () => {
    const lostId = 'lost';
    const gone = 'ab'.repeat(32) as ChunkId;
    const content = { form: 'bytes', depth: 0, chunks: [gone], bytes: 5, sha256: Buffer.alloc(32) } as const;

    it('has all else, and says in the ZIP what it has not and why', async () => {
      const owner = drive.resourceId.slice('drive.'.length);
      const access = world.access(drive.resourceId);
      const snapshotId = await world.vault.save(drive.resourceId, access, async (draft) => {
        await draft.put(lostId, { kind: 'file', name: 'lost.txt', bytes: 5, properties: {}, content });
      });
      const { fetched } = await exported('zip', [{ ...drive, snapshotId, itemIds: [] }]);
      const files = unzipSync(Buffer.from(await (await fetched()).arrayBuffer()));
      const told = Buffer.from(files['Not exported.txt'] ?? []).toString();
      expect(told).toMatch(/lost\.txt: what the vault holds of it is lost or damaged/);
      expect(Object.keys(files)).not.toContain('lost.txt');
      const hashes = new Set(Object.values(files).map((bytes) => createHash('sha256').update(bytes).digest('hex')));
      for (const { contentHash, fields } of await world.dump(owner, 'drive'))
        if (contentHash !== undefined && fields['malware'] !== true) expect(hashes).toContain(contentHash);
    });

    it('has all else where a large file turns out wrong when it was sent, which no table of contents has', async () => {
      const owner = drive.resourceId.slice('drive.'.length);
      const snapshotId = await world.vault.save(
        drive.resourceId,
        world.access(drive.resourceId),
        async (draft, writer) => {
          const chunks: ChunkId[] = [];
          for (let part = 0; part < PARTS; part += 1) {
            const { ref } = await writer.writeContent([randomBytes(MIB)]);
            expect(ref.depth).toBe(0);
            chunks.push(...ref.chunks);
          }
          // Its chunks are there, and are not what was read: nobody knows before the last of them.
          const broken = { ...content, chunks, bytes: PARTS * MIB };
          await draft.put(lostId, {
            kind: 'file',
            name: 'large.bin',
            bytes: PARTS * MIB,
            properties: {},
            content: broken,
          });
        },
      );
      const { fetched } = await exported('zip', [{ ...drive, snapshotId, itemIds: [] }]);
      const zip = Buffer.from(await (await fetched()).arrayBuffer());
      expect(zip.indexOf('large.bin')).toBeGreaterThan(0);
      expect(zip.length).toBeGreaterThan((PARTS - 1) * MIB);
      const files = unzipSync(zip);
      expect(Object.keys(files)).not.toContain('large.bin');
      expect(Buffer.from(files['Not exported.txt'] ?? []).toString()).toMatch(
        /large\.bin: what the vault holds of it is lost or/,
      );
      const hashes = new Set(Object.values(files).map((file) => createHash('sha256').update(file).digest('hex')));
      for (const { contentHash, fields } of await world.dump(owner, 'drive'))
        if (contentHash !== undefined && fields['malware'] !== true) expect(hashes).toContain(contentHash);
    });

    it('has all other messages, and one that says which are not there', async () => {
      const messages = await world.find([mail], { kinds: new Set(['message']) });
      const access = world.access(mail.resourceId);
      const snapshotId = await world.vault.save(mail.resourceId, access, async (draft) => {
        const lost = {
          kind: 'message',
          name: 'Lost',
          bytes: 5,
          properties: {},
          content: { ...content, form: 'mime' },
        } as const;
        await draft.put(lostId, lost);
      });
      const { fetched } = await exported('mbox', [{ ...mail, snapshotId, itemIds: [] }]);
      const text = Buffer.from(await (await fetched()).arrayBuffer()).toString();
      expect(text.match(/^From MAILER-DAEMON /gm)).toHaveLength(messages.length + 1);
      expect(text).toMatch(/Subject: Not exported: 1 items[^]*Lost.*: what the vault holds of it is lost or damaged/);
    });
  });

  it('is refused where the format cannot hold it, or the token is not known', async () => {
    await expect(exported('mbox', [{ ...drive, itemIds: [] }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(exported('eml', [{ ...mail, itemIds: [] }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(exported('zip', [{ ...mail, itemIds: ['gone'] }])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const guess = await fetch(`${service.httpUrl}/exports/${world.tenant}/${'A'.repeat(43)}`);
    expect(guess.status).toBe(404);
  });
});
