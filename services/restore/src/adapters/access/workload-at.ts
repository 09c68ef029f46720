import type { GraphClient } from '@holdfast/graph';
import type { Workload } from '@holdfast/kernel';
import {
  DriveReader,
  DriveWriter,
  MailReader,
  MailWriter,
  type WorkloadReader,
  type WorkloadWriter,
} from '@holdfast/workloads';

/** Reader and writer of a workload, for one owner's mailbox or drive. */
export function workloadAt(
  client: GraphClient,
  { workload, ownerId }: { readonly workload: Workload; readonly ownerId: string },
): { readonly reader: WorkloadReader; readonly writer: WorkloadWriter } {
  switch (workload) {
    case 'mail':
      return { reader: new MailReader(client, ownerId), writer: new MailWriter(client, ownerId) };
    case 'drive':
      return { reader: new DriveReader(client, ownerId), writer: new DriveWriter(client, ownerId) };
  }
}
