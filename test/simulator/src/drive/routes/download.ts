import { ApiError } from '../../core/api-error.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import { currentVersion, type FileNode, type FileVersion } from '../model/drive-node.js';
import { drivesOf } from '../model/drive-world.js';
import { mimeTypeOf } from '../model/names.js';
import { DOWNLOAD_URL_SHOWS, MALWARE_ANSWER, RANGE_ANSWER } from '../switches.js';
import { addressedFile, addressedItem, type DriveAction, type DriveCall, notFound, READ_FILES } from './address.js';
import { parseRange } from './byte-range.js';
import { eTagOf, isNotModified } from './item-tags.js';
import { downloadUrl } from './item-json.js';

/** `/content` sends elsewhere, to a URL that needs no token (docs: graph/api/driveitem-get-content). */
export const getContent: DriveAction = {
  method: 'GET',
  suffix: '/content',
  permissions: READ_FILES,
  options: ['$format'],
  cost: () => 1,
  handle: async (call) => {
    const node = addressedItem(call);
    if (isNotModified(call.request, node)) return { status: 304 };
    return redirect(call, addressedFile(call));
  },
};

/** The 302 to the content of a file, or of one of its older versions. */
export function redirect(call: DriveCall, file: FileNode, versionId?: string): SimResponse {
  if (file.malware !== undefined && call.world.tenant.switches.get(MALWARE_ANSWER) === 'graph-refuses') {
    throw new ApiError(403, 'malwareDetected', 'Malware was detected in the file; it cannot be downloaded.');
  }
  const location =
    versionId === undefined ? downloadUrl(call, file, 'redirect') : downloadUrl(call, file, 'old', versionId);
  return { status: 302, headers: { Location: location } };
}

/** The other host: refuses an Authorization header and expired URLs (the server sees to both), answers ranges. */
export const contentHost: Route = {
  method: 'GET',
  pattern: '/personal/download/{drive}/{item}/{version}/{kind}',
  permissions: [],
  bucket: 'sharepoint',
  host: 'content',
  cost: ({ params }) => (params.kind === 'listed' ? 1 : 0),
  handle: async (context) => {
    const { params, headers } = context.request;
    const file = drivesOf(context.tenant)
      .byId(params.drive ?? '')
      ?.get(params.item ?? '');
    if (file?.kind !== 'file') notFound();
    if (file.malware !== undefined) {
      const refusal = { headers: { 'X-Virus-Infected': 'true' } };
      throw new ApiError(403, 'malwareDetected', 'Malware was detected in the file.', refusal);
    }
    const { content } = shownVersion(context, file);
    const common = {
      'Content-Type': mimeTypeOf(file.name),
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      ETag: eTagOf(file),
    };
    const range =
      context.tenant.switches.get(RANGE_ANSWER) === 206 ? parseRange(headers.range, content.size) : undefined;
    if (!range) {
      return {
        status: 200,
        headers: { ...common, 'Content-Length': String(content.size) },
        body: streamed(content.read(0, content.size)),
      };
    }
    const place = {
      'Content-Range': `bytes ${range.from}-${range.to - 1}/${content.size}`,
      'Content-Length': String(range.to - range.from),
    };
    return {
      status: 206,
      headers: { ...common, 'Accept-Ranges': 'bytes', ...place },
      body: streamed(content.read(range.from, range.to)),
    };
  },
};

function shownVersion({ request, tenant }: RequestContext, file: FileNode): FileVersion {
  const { version, kind } = request.params;
  if (kind !== 'old' && tenant.switches.get(DOWNLOAD_URL_SHOWS) === 'content-now') return currentVersion(file);
  return file.versions.find(({ id }) => id === version) ?? notFound();
}

async function* streamed(steps: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* steps;
}
