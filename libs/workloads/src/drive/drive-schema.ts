import { z } from 'zod';

/** The address of a file's content that comes along with the item and carries its own right, for minutes. */
const DOWNLOAD_URL = '@microsoft.graph.downloadUrl';

/** Fields that are kept as they are, in the record's properties. */
export const KEPT_FIELDS = [
  'description',
  'createdDateTime',
  'lastModifiedDateTime',
  'createdBy',
  'lastModifiedBy',
  'fileSystemInfo',
  'file',
  'package',
  'remoteItem',
  'specialFolder',
  'shared',
  'malware',
] as const;

/** All that is asked of an item: with the download address a new file costs one resource unit. */
export const ITEM_SELECT = `$select=${['id', 'name', 'size', 'eTag', 'cTag', 'parentReference', 'folder', 'root', 'deleted', DOWNLOAD_URL, ...KEPT_FIELDS].join(',')}`;

const facet = z.looseObject({}).nullish();

/** An item as delta and GET give it. A deleted one has little more than its id. [Graph documentation: resources/driveitem.md] */
export const itemSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().nullish(),
  size: z.number().nullish(),
  eTag: z.string().nullish(),
  cTag: z.string().nullish(),
  parentReference: z.looseObject({ id: z.string().nullish() }).nullish(),
  createdDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  file: z.looseObject({ hashes: z.looseObject({ quickXorHash: z.string().nullish() }).nullish() }).nullish(),
  folder: z.looseObject({ childCount: z.number().nullish() }).nullish(),
  root: facet,
  package: facet,
  remoteItem: facet,
  malware: facet,
  deleted: facet,
  [DOWNLOAD_URL]: z.string().nullish(),
});
export type GraphItem = z.infer<typeof itemSchema>;

export function downloadUrlOf(item: GraphItem): string | undefined {
  return item[DOWNLOAD_URL] ?? undefined;
}

export function hashOf(item: GraphItem): string | undefined {
  return item.file?.hashes?.quickXorHash ?? undefined;
}
