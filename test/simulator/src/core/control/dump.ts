import type { TenantDirectory } from '../directory/tenant-directory.js';
import type { DumpEntry } from '../workload.js';
import type { World } from '../world.js';
import { serves } from './live.js';

export interface DumpChoice {
  /** Ids; undefined = all. */
  readonly users: readonly string[] | undefined;
  readonly workload: string | undefined;
}

/** The tenant's model line by line: users in the directory's order, each with mail, then drive, each in its own fixed order. */
export async function* dump(world: World, tenant: TenantDirectory, choice: DumpChoice): AsyncIterable<DumpEntry> {
  for (const user of tenant.users.values()) {
    if (choice.users && !choice.users.includes(user.id)) continue;
    for (const workload of world.workloads) {
      if (choice.workload !== undefined && choice.workload !== workload.name) continue;
      if (serves(workload, user)) yield* workload.dump(tenant, user.id);
    }
  }
}

const FLUSH_BYTES = 64 * 1024;

/** The same as newline-delimited JSON, in pieces of about 64 KiB. */
export async function* dumpLines(entries: AsyncIterable<DumpEntry>): AsyncIterable<Uint8Array> {
  let text = '';
  for await (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    if (text.length < FLUSH_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
