import type { IncomingContent } from '../content/incoming-content.js';
import type { ClientTimes } from './drive-node.js';

/** What happens when the name is taken (docs: graph/resources/driveitem, instance attributes). */
export type ConflictBehavior = 'fail' | 'replace' | 'rename';

/** Where an upload goes: over an item, or to a name in a folder. */
export type UploadTarget =
  | { readonly itemId: string }
  | { readonly parentId: string; readonly name: string; readonly conflict: ConflictBehavior };

/** A large upload under way (docs: graph/api/driveitem-createuploadsession). */
export interface UploadSession {
  readonly id: string;
  readonly driveId: string;
  readonly target: UploadTarget;
  readonly times: Partial<ClientTimes>;
  readonly description: string | undefined;
  /** Announced size in bytes; the first fragment fixes it otherwise. */
  totalBytes: number | undefined;
  /** Undefined until the first fragment. */
  incoming: IncomingContent | undefined;
  readonly isCommitDeferred: boolean;
  /** Ms of the simulator's clock; every fragment moves it on. */
  expiresAt: number;
}
