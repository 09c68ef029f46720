import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../api-error.js';
import type { Principal } from '../route.js';
import { unconfirmed } from '../switches.js';
import type { SimTenant } from '../tenant.js';

/** Where bytes are served: another host than Graph's, so that a client that forwards its token is caught. */
export interface ContentPlace {
  /** The port of the content listener; the request's own port is kept for Microsoft's names. */
  readonly port: number;
}

/** What a link is made of. */
interface ContentLink {
  /** Where the client reached Graph. */
  readonly origin: string;
  readonly place: ContentPlace;
  /** May carry a query; the signature covers only what stands before it. */
  readonly path: string;
  readonly tenant: SimTenant;
  readonly appId: string;
  /** Milliseconds since 1970 of the simulator's clock. */
  readonly expiresAt: number;
}

const NO_ROLES: ReadonlySet<string> = new Set();

/** What becomes of a token that is sent along with a pre-authenticated URL. */
export const TOKEN_BESIDE_LINK = unconfirmed({
  name: 'content.token-beside-link',
  choices: ['refused', 'passed-over'],
  because:
    'driveitem-createuploadsession: a PUT with an Authorization header may be answered with 401; older rclones send it, which long worked (rclone#7405)',
  isUsuallyFirst: true,
});

/** Makes and checks the pre-authenticated URLs of downloads and upload sessions (docs: graph/api/driveitem-get-content). */
export class ContentLinks {
  constructor(private readonly secret: string) {}

  /** `https://{content host}{path}` with a signature for tenant, app and time. */
  make(link: ContentLink): string {
    const [bare = '', query] = link.path.split('?', 2);
    const claims = Buffer.from(`${link.tenant.id}|${link.appId}|${link.expiresAt}`).toString('base64url');
    const auth = `tempauth=${claims}.${this.#sign(bare, claims)}`;
    return `${contentOrigin(link)}${bare}?${query === undefined ? '' : `${query}&`}${auth}`;
  }

  /** Who made the link; 401 when it is forged, was made for another path, or has expired. */
  check(path: string, tempauth: string | undefined, now: (tenantId: string) => number): Principal {
    const [claims = '', signature = ''] = (tempauth ?? '').split('.', 2);
    const expected = Buffer.from(this.#sign(path, claims));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw refused('The link is not valid.');
    const [tenantId = '', appId = '', expiresAt = ''] = Buffer.from(claims, 'base64url').toString().split('|');
    if (Number(expiresAt) <= now(tenantId)) throw refused('The link has expired.');
    return { tenantId, appId, roles: NO_ROLES };
  }

  #sign(path: string, claims: string): string {
    return createHmac('sha256', this.secret).update(`${path}|${claims}`).digest('base64url');
  }
}

function refused(message: string): ApiError {
  return new ApiError(401, 'unauthenticated', message);
}

/** The names under which content is served to a client that reached Graph at `origin`. */
function contentOrigin({ origin, place, path, tenant }: ContentLink): string {
  const { hostname, port } = new URL(origin);
  const samePort = port === '' ? '' : `:${port}`;
  if (hostname === 'graph.microsoft.com')
    return path.startsWith('/api/')
      ? `https://outlook.office.com${samePort}`
      : `https://${tenant.prefix}-my.sharepoint.com${samePort}`;
  if (hostname === '127.0.0.1') return `https://localhost:${place.port}`;
  if (hostname === 'localhost') return `https://127.0.0.1:${place.port}`;
  return `https://${hostname}:${place.port}`;
}
