import type { Installation, Protected } from '../installation.js';

const VAULTS = 5;
const USERS = 10;
/** Resources that the crawler of this case reads at the same time: all. */
export const CROWD_TASKS = VAULTS * USERS;

/** Fifty mailboxes of five tenants, with mail of every kind, read at the same time into five vaults. */
export async function crowd(installation: Installation, items: number): Promise<void> {
  const { api, sampler } = installation;
  const messages = Math.ceil(items / CROWD_TASKS);
  const tenants: Protected[] = [];
  for (let vault = 0; vault < VAULTS; vault += 1)
    tenants.push(await installation.protect({ users: USERS, messages, files: 0, messageKib: 20 }, 'mail'));
  for (const name of ['full', 'increment'])
    await sampler.phase(
      name,
      async () => {
        const jobs = await Promise.all(
          tenants.map(async ({ tenantId, setId }) => ({ tenantId, ...(await api.startBackup(tenantId, setId)) })),
        );
        await Promise.all(jobs.map(({ tenantId, jobId }) => installation.ended(tenantId, jobId)));
      },
      name === 'full' ? items : undefined,
    );
}
