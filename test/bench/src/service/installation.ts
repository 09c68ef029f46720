import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, cpuSecondsOf, peakRssMibOf, startChild } from './child.js';
import { JsonClient } from './json-client.js';
import type { SimulatedTenant } from './simulated-tenant.js';

const PROGRAM = fileURLToPath(new URL('../../../../services/standalone/dist/main.js', import.meta.url));
const LOOK_MS = 100;

const served = z.object({ url: z.string(), apiKey: z.string() });
const job = z.object({
  jobId: z.string(),
  state: z.string(),
  startedAtMs: z.number(),
  finishedAtMs: z.number().optional(),
});
const items = z.object({ items: z.number() });
const report = z.object({
  newItems: items,
  unchanged: items,
  owed: items,
  originalBytes: z.number(),
  throttled: z.number(),
  unexplained: z.number(),
});
const statistics = z.object({
  statistics: z.object({ packs: z.number(), dataBytes: z.number(), packsBytes: z.number() }),
});

export interface FinishedJob {
  readonly state: string;
  readonly seconds: number;
  readonly report: z.infer<typeof report>;
}

/** Holdfast in one process of its own, with a backup set of everything in a simulated tenant. */
export class Installation {
  private constructor(
    private readonly folder: string,
    private readonly child: Child,
    private readonly api: JsonClient,
    private readonly ids: { readonly tenant: string; readonly set: string; readonly vault: string },
  ) {}

  /** `timeScale`: how much faster than Microsoft's the simulator's budgets come back. */
  static async start(
    tenant: SimulatedTenant,
    { workload, timeScale }: { readonly workload: 'mail' | 'drive'; readonly timeScale: number },
  ): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
    // PostgreSQL refuses to run as root, and the account it runs as has to reach its folder.
    await chmod(folder, 0o755);
    const clouds = join(folder, 'clouds.json');
    const { login, graph, caPem, registration } = tenant;
    const cloud = { name: 'simulator', loginBaseUrl: login, graphBaseUrl: graph, caPem, limitsTimeScale: timeScale };
    await writeFile(clouds, JSON.stringify([cloud]));
    const child = await startChild(PROGRAM, [
      '--data',
      join(folder, 'data'),
      '--listen',
      '127.0.0.1:0',
      '--clouds',
      clouds,
      '--json',
    ]);
    const { url, apiKey } = served.parse(child.told);
    const api = new JsonClient(`${url}/api/v1`, { apiKey });
    const { tenantId } = z.object({ tenantId: z.string() }).parse(
      await api.json('POST', '/tenants', {
        displayName: 'Bench',
        directoryId: registration.tenantId,
        clientId: registration.clientId,
        cloud: 'simulator',
        credential: { kind: 'secret', clientSecret: registration.clientSecret },
      }),
    );
    const path = join(folder, 'vault');
    await mkdir(path);
    const { destinationId } = z.object({ destinationId: z.string() }).parse(
      await api.json('POST', `/tenants/${tenantId}/destinations`, {
        displayName: 'Folder',
        settings: { kind: 'folder', path },
      }),
    );
    const { backupSet } = z.object({ backupSet: z.object({ backupSetId: z.string(), vaultId: z.string() }) }).parse(
      await api.json('POST', `/tenants/${tenantId}/backup-sets`, {
        displayName: 'Everything',
        source: { allAccounts: true, workloads: [workload] },
        vault: { destinationIds: [destinationId] },
      }),
    );
    return new Installation(folder, child, api, {
      tenant: tenantId,
      set: backupSet.backupSetId,
      vault: backupSet.vaultId,
    });
  }

  /** Runs a job of the set to its end. */
  async backUp(): Promise<FinishedJob> {
    const { tenant, set } = this.ids;
    let now = job.parse(await this.api.json('POST', `/tenants/${tenant}/backup-sets/${set}/jobs`, {}));
    while (now.finishedAtMs === undefined) {
      await sleep(LOOK_MS);
      now = job.parse(await this.api.json('GET', `/tenants/${tenant}/jobs/${now.jobId}`));
    }
    const told = report.parse(await this.#reportOf(now.jobId));
    return { state: now.state, seconds: (now.finishedAtMs - now.startedAtMs) / 1000, report: told };
  }

  async packs(): Promise<z.infer<typeof statistics>['statistics']> {
    const { tenant, vault } = this.ids;
    return statistics.parse(await this.api.json('GET', `/tenants/${tenant}/vaults/${vault}`)).statistics;
  }

  /** Of all services and PostgreSQL's children that ended; its living ones are not counted. */
  cpuSeconds(): Promise<number> {
    return cpuSecondsOf(this.child.process.pid ?? 0);
  }

  peakRssMib(): Promise<number> {
    return peakRssMibOf(this.child.process.pid ?? 0);
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.child.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The report follows the job's end by the time that an event takes. */
  async #reportOf(jobId: string): Promise<unknown> {
    for (let tried = 1; ; tried += 1) {
      const told = z
        .looseObject({ finishedAtMs: z.number().optional() })
        .parse(await this.api.json('GET', `/tenants/${this.ids.tenant}/jobs/${jobId}/report`));
      if (told.finishedAtMs !== undefined || tried === 100) return told;
      await sleep(LOOK_MS);
    }
  }
}
