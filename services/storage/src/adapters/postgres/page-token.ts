import { AppError } from '@holdfast/kernel';

/** Where the next page of snapshots starts. */
export interface PageKey {
  readonly committedAt: Date;
  readonly snapshotId: Buffer;
}

export function writePageToken({ committedAt, snapshotId }: PageKey): string {
  return Buffer.from(`${committedAt.toISOString()} ${snapshotId.toString('hex')}`).toString('base64url');
}

/** INVALID_ARGUMENT for a token that no page gave; undefined for the first page's empty one. */
export function readPageToken(token: string): PageKey | undefined {
  if (token === '') return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  const [, at = '', id = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{64})$/.exec(text) ?? [];
  if (at !== '') return { committedAt: new Date(at), snapshotId: Buffer.from(id, 'hex') };
  throw new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    {
      context: { field: 'pageToken', rule: 'given by the previous page' },
    },
  );
}
