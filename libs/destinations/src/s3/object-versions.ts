import { type Client } from 'minio';

/** What a bucket that keeps versions has under a name: bytes, or a mark that only hides what is older. */
export interface ObjectVersion {
  readonly versionId: string;
  readonly isMark: boolean;
  /** 0 for a mark. */
  readonly bytes: number;
}

/** What the client answers of each version; it declares no shape for it. */
interface ListedVersion {
  readonly name?: string;
  readonly versionId?: string;
  readonly size?: number;
  readonly isDeleteMarker?: boolean;
}

/** All that lies under the name of one object, whether or not readers are shown it, page by page; in a page bytes come before marks, newer before older. */
export async function* objectVersions(client: Client, bucket: string, key: string): AsyncGenerator<ObjectVersion> {
  const listed = client.listObjects(bucket, key, true, { IncludeVersion: true }) as AsyncIterable<ListedVersion>;
  for await (const { name, versionId = 'null', size = 0, isDeleteMarker = false } of listed)
    // Longer names start with it, too.
    if (name === key) yield { versionId, isMark: isDeleteMarker, bytes: size };
}
