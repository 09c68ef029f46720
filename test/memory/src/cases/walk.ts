import type { Installation, Protected } from '../installation.js';

/** One resource as of a job. */
export interface Place {
  readonly of: Protected;
  readonly jobId: string;
  readonly resourceId: string;
}

/** Turns all pages of a folder; answers how many items it listed. */
export async function walkFolder({ api }: Installation, { of, jobId, resourceId }: Place, folderId: string) {
  let items = 0;
  for (let pageToken: string | undefined, isFirst = true; isFirst || pageToken !== undefined; isFirst = false) {
    const page = await api.folderPageAsOf(of.tenantId, jobId, resourceId, { folderId, pageToken });
    items += page.rows.length;
    pageToken = page.nextPageToken;
  }
  return items;
}

/** Looks through the whole resource; answers how many entries were looked at and the items found. */
export async function searchAll({ api }: Installation, { of, jobId }: Place, pattern: string) {
  let [examined, found] = [0, 0];
  for (let pageToken: string | undefined, isFirst = true; isFirst || pageToken !== undefined; isFirst = false) {
    const page = await api.search(of.tenantId, { from: { jobId }, pattern, pageSize: 500, pageToken });
    examined += page.examined;
    found += page.rows.length;
    pageToken = page.nextPageToken;
  }
  return { examined, found };
}

/** The resource, its folder that holds most, and some of the items there. */
export async function lookAround(installation: Installation, of: Protected, jobId: string, folderName: RegExp) {
  const { api } = installation;
  const [snapshot] = await api.snapshotsAsOf(of.tenantId, jobId);
  if (!snapshot) throw new Error('The job made no snapshot.');
  const { resourceId } = snapshot;
  const folderId = await findFolder(installation, { of, jobId, resourceId }, folderName, undefined);
  if (folderId === undefined) throw new Error(`The snapshot has no folder ${String(folderName)}.`);
  const { rows } = await api.folderPageAsOf(of.tenantId, jobId, resourceId, { folderId });
  return { place: { of, jobId, resourceId }, folderId, itemIds: rows.map(({ itemId }) => itemId) };
}

async function findFolder(
  installation: Installation,
  place: Place,
  name: RegExp,
  folderId: string | undefined,
): Promise<string | undefined> {
  const { of, jobId, resourceId } = place;
  const { rows } = await installation.api.folderPageAsOf(of.tenantId, jobId, resourceId, { folderId });
  const folders = rows.filter(({ isFolder }) => isFolder);
  const found = folders.find((row) => name.test(row.name));
  if (found) return found.itemId;
  for (const { itemId } of folders) {
    const below = await findFolder(installation, place, name, itemId);
    if (below !== undefined) return below;
  }
  return undefined;
}
