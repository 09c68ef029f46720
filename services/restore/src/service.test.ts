import {
  type BrowseServiceController,
  ConflictPolicy,
  type ExportServiceController,
  type ListFolderResponse,
  MatchKind,
  type PlanServiceController,
  type SearchServiceController,
} from '@holdfast/contracts/restore/v1';
import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { GrpcConnection, RunningService } from '@holdfast/platform';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { unzipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
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

  it('plans, and starts the job that the plan named', async () => {
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

  it('is refused where the format cannot hold it, or the token is not known', async () => {
    await expect(exported('mbox', [{ ...drive, itemIds: [] }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(exported('eml', [{ ...mail, itemIds: [] }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(exported('zip', [{ ...mail, itemIds: ['gone'] }])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const guess = await fetch(`${service.httpUrl}/exports/${world.tenant}/${'A'.repeat(43)}`);
    expect(guess.status).toBe(404);
  });
});
