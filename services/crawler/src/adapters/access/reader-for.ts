import type { GraphClient } from '@holdfast/graph';
import type { Workload } from '@holdfast/kernel';
import { DriveReader, MailReader, type WorkloadReader } from '@holdfast/workloads';

/** The reader of a workload, for one owner's mailbox or drive. */
export function readerFor(
  client: GraphClient,
  { workload, ownerId }: { readonly workload: Workload; readonly ownerId: string },
): WorkloadReader {
  switch (workload) {
    case 'mail':
      return new MailReader(client, ownerId);
    case 'drive':
      return new DriveReader(client, ownerId);
  }
}
