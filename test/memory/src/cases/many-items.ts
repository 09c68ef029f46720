import type { Installation, Protected } from '../installation.js';
import { lookAround, searchAll, walkFolder } from './walk.js';

/** Things that happen between the first backup and the increment. */
const CHANGES = 100;
/** Items of the folder that are exported and restored. */
const PART = 200;

/** As the simulator calls it in its languages. */
const INBOX = /^(inbox|posteingang|boîte de réception|входящие|受信トレイ)$/i;

interface ManyItems {
  readonly of: Protected;
  readonly items: number;
  /** The folder that they all lie in. */
  readonly folderName: RegExp;
  readonly exportFormat: 'zip' | 'mbox';
  /** Lets so many things happen to the resource. */
  change(count: number): Promise<void>;
}

/** Everything that is done with one resource of very many items. */
async function workWith(installation: Installation, many: ManyItems): Promise<void> {
  const { api, sampler } = installation;
  const { of, items, folderName, exportFormat } = many;
  await sampler.phase('full', () => installation.backUp(of), items);
  await many.change(CHANGES);
  const { jobId } = await sampler.phase('increment', () => installation.backUp(of));
  const { place, folderId, itemIds } = await lookAround(installation, of, jobId, folderName);
  const listed = await sampler.phase('browse', () => walkFolder(installation, place, folderId), items);
  if (listed < items * 0.9) throw new Error(`The folder lists ${listed} of ${items} items.`);
  const { examined } = await sampler.phase('search', () => searchAll(installation, place, 'no name has this'), items);
  if (examined < listed) throw new Error(`The search looked at ${examined} of ${listed} entries.`);
  const part = itemIds.slice(0, PART);
  const sources = [{ resourceId: place.resourceId, itemIds: part }];
  const from = { jobId };
  await sampler.phase('export', async () => {
    const bytes = await api.exportBytes(of.tenantId, { from, sources, format: exportFormat });
    if (bytes === 0) throw new Error('The export is empty.');
  });
  await sampler.phase('restore', async () => {
    const body = { from, sources, policy: 'keep-both', targetFolder: 'Restored' };
    const plan = await api.createPlan(of.tenantId, body);
    const job = await api.performPlan(of.tenantId, plan.planId);
    await installation.ended(of.tenantId, job.jobId);
    const { done } = await api.restoreReport(of.tenantId, plan.planId);
    if (done < part.length) throw new Error(`${done} of ${part.length} items were restored.`);
  });
}

/** One mailbox of many messages, all in one folder. */
export async function mailbox(installation: Installation, items: number): Promise<void> {
  const { control } = installation.simulator;
  const of = await installation.protect({ users: 1, messages: items, files: 0, isPlain: true, messageKib: 1 }, 'mail');
  await workWith(installation, {
    of,
    items,
    folderName: INBOX,
    exportFormat: 'mbox',
    change: async (operations) => {
      await control.live(of.directoryId, { days: 1, joiners: 0, leavers: 0, seed: 1, operations });
    },
  });
}

/** One drive of many files, all in one folder. */
export async function drive(installation: Installation, items: number): Promise<void> {
  const { control } = installation.simulator;
  const of = await installation.protect({ users: 1, messages: 0, files: items, isPlain: true }, 'drive');
  const [first] = await control.users(of.directoryId);
  await workWith(installation, {
    of,
    items,
    folderName: /^Plain$/,
    exportFormat: 'zip',
    change: async (operations) => {
      for (let number = 0; number < operations; number += 1) {
        const path = `Plain/file ${Math.floor((number * items) / operations)}.bin`;
        const change =
          number % 2 === 0 ? { op: 'edit', text: `edit ${number}` } : { op: 'rename', name: `r ${number}.bin` };
        await control.mutate(of.directoryId, { workload: 'drive', user: first?.id ?? '', path, ...change });
      }
    },
  });
}
