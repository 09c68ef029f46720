import {
  accountView,
  backupQuoteView,
  backupSetView,
  changedKeysView,
  checkReport,
  createdBackupSet,
  destinationView,
  errorBody,
  exportView,
  affectedItemView,
  findingView,
  freeingReportView,
  itemView,
  jobReportView,
  jobView,
  page,
  performedPlan,
  planView,
  rebuildView,
  restoreReportView,
  createdApiKey,
  deletionAndWarnings,
  deletionCertificate,
  deletionStanding,
  deletionStatement,
  legalHoldView,
  placedLegalHold,
  retentionVerdictView,
  searchPage,
  snapshotView,
  taskView,
  tenantView,
  vaultView,
} from '@holdfast/contracts/api';
import { AppError, type Clock } from '@holdfast/kernel';
import { Agent, fetch } from 'undici';
import type { z } from 'zod';

export interface NewSet {
  readonly displayName: string;
  /** In order: the first takes the first copy. */
  readonly destinationIds: readonly string[];
  readonly workloads: readonly ('mail' | 'drive')[];
  /** The API's `encryption`; a random key when left out. */
  readonly encryption?: object;
}

type Job = z.infer<typeof jobView>;
/** A job is looked at again this soon at first, and later when this part of its time has passed: looking at it is work, too. */
const LOOK_AGAIN_MS = 200;
const LOOK_AGAIN_AFTER = 1 / 4;
const LOOK_AGAIN_AT_MOST_MS = 5_000;
/** Statuses that say: not at the moment. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** The public HTTP API, as far as the main job needs it. Answers are checked against the contract. */
export class HoldfastApi {
  readonly #agent = new Agent();

  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
    private readonly clock: Clock,
  ) {}

  createTenant(body: object) {
    return this.#call(tenantView, 'POST', '/tenants', body);
  }

  testTenant(tenant: string) {
    return this.#call(checkReport, 'POST', `/tenants/${tenant}/test`);
  }

  async accounts(tenant: string) {
    return this.#all(accountView, `/tenants/${tenant}/accounts`);
  }

  createFolderDestination(tenant: string, path: string) {
    return this.createDestination(tenant, { displayName: 'Backup folder', settings: { kind: 'folder', path } });
  }

  createDestination(tenant: string, body: object) {
    return this.#call(destinationView, 'POST', `/tenants/${tenant}/destinations`, body);
  }

  destination(tenant: string, destination: string) {
    return this.#call(destinationView, 'GET', `/tenants/${tenant}/destinations/${destination}`);
  }

  changeDestination(tenant: string, destination: string, body: object) {
    return this.#call(destinationView, 'PUT', `/tenants/${tenant}/destinations/${destination}`, body);
  }

  testDestination(tenant: string, destination: string) {
    return this.#call(checkReport, 'POST', `/tenants/${tenant}/destinations/${destination}/test`);
  }

  createSet(tenant: string, { displayName, destinationIds, workloads, encryption }: NewSet) {
    return this.#call(createdBackupSet, 'POST', `/tenants/${tenant}/backup-sets`, {
      displayName,
      source: { allAccounts: true, workloads },
      vault: { destinationIds, ...(encryption && { encryption }) },
    });
  }

  backupSet(tenant: string, set: string) {
    return this.#call(backupSetView, 'GET', `/tenants/${tenant}/backup-sets/${set}`);
  }

  changeSet(tenant: string, set: string, body: object) {
    return this.#call(backupSetView, 'PUT', `/tenants/${tenant}/backup-sets/${set}`, body);
  }

  quoteBackup(tenant: string, set: string) {
    return this.#call(backupQuoteView, 'GET', `/tenants/${tenant}/backup-sets/${set}/quote`);
  }

  startRetention(tenant: string, set: string, body: object = {}) {
    return this.#call(jobView, 'POST', `/tenants/${tenant}/backup-sets/${set}/retention-jobs`, body);
  }

  startFreeing(tenant: string, set: string, body: object = {}) {
    return this.#call(jobView, 'POST', `/tenants/${tenant}/backup-sets/${set}/freeing-jobs`, body);
  }

  freeingReport(tenant: string, set: string) {
    return this.#call(freeingReportView, 'GET', `/tenants/${tenant}/backup-sets/${set}/freeing-report`);
  }

  startCheck(tenant: string, vault: string, body: object = {}) {
    return this.#call(jobView, 'POST', `/tenants/${tenant}/vaults/${vault}/checks`, body);
  }

  affectedItems(tenant: string, vault: string) {
    return this.#all(affectedItemView, `/tenants/${tenant}/vaults/${vault}/affected-items`);
  }

  findings(tenant: string, vault: string) {
    return this.#all(findingView, `/tenants/${tenant}/vaults/${vault}/findings`);
  }

  retentionVerdicts(tenant: string, set: string) {
    return this.#all(retentionVerdictView, `/tenants/${tenant}/backup-sets/${set}/retention-verdicts`);
  }

  placeHold(tenant: string, body: object) {
    return this.#call(placedLegalHold, 'POST', `/tenants/${tenant}/legal-holds`, body);
  }

  liftHold(tenant: string, hold: string) {
    return this.#call(legalHoldView, 'POST', `/tenants/${tenant}/legal-holds/${hold}/lift`);
  }

  requestDeletion(tenant: string, set: string, body: object) {
    return this.#call(deletionAndWarnings, 'POST', `/tenants/${tenant}/backup-sets/${set}/deletions`, body);
  }

  approveDeletion(tenant: string, deletion: string) {
    return this.#call(deletionAndWarnings, 'POST', `/tenants/${tenant}/deletions/${deletion}/approvals`);
  }

  deletion(tenant: string, deletion: string) {
    return this.#call(deletionStanding, 'GET', `/tenants/${tenant}/deletions/${deletion}`);
  }

  /** What the certificate of a deletion says. */
  async certifiedDeletion(tenant: string, deletion: string) {
    const at = `/tenants/${tenant}/deletions/${deletion}/certificate`;
    const { statement } = await this.#call(deletionCertificate, 'GET', at);
    return deletionStatement.parse(parseJson(statement));
  }

  /** The same API as another administrator of the tenant uses it. */
  async asAnotherAdmin(tenant: string): Promise<HoldfastApi> {
    const wanted = { displayName: 'Admin', role: 'customer-admin' };
    const { token } = await this.#call(createdApiKey, 'POST', `/tenants/${tenant}/api-keys`, wanted);
    return new HoldfastApi(this.baseUrl, token, this.clock);
  }

  vault(tenant: string, vault: string) {
    return this.#call(vaultView, 'GET', `/tenants/${tenant}/vaults/${vault}`);
  }

  /** `proof`: the present passphrase, or what else opens the vault. */
  changePassphrase(tenant: string, vault: string, passphrase: string, proof: object) {
    const body = { passphrase, proof };
    return this.#call(changedKeysView, 'PUT', `/tenants/${tenant}/vaults/${vault}/passphrase`, body);
  }

  /** `what`: key-rotations, escrows or key-recoveries. */
  changeKeys(tenant: string, vault: string, what: string, body: object = {}) {
    return this.#call(changedKeysView, 'POST', `/tenants/${tenant}/vaults/${vault}/${what}`, body);
  }

  rebuildVault(tenant: string, body: object) {
    return this.#call(rebuildView, 'POST', `/tenants/${tenant}/vault-rebuilds`, body);
  }

  startBackup(tenant: string, set: string, body: object = {}) {
    return this.#call(jobView, 'POST', `/tenants/${tenant}/backup-sets/${set}/jobs`, body);
  }

  /** Newest first. */
  jobs(tenant: string, set: string) {
    return this.#all(jobView, `/tenants/${tenant}/jobs`, { backupSetId: set });
  }

  /** The job when it has ended; DEPENDENCY_UNAVAILABLE when that takes longer than asked for. */
  async ended(tenant: string, jobId: string, withinMs: number): Promise<Job> {
    const askedAt = this.clock.now();
    for (;;) {
      const job = await this.job(tenant, jobId);
      if (job.state !== 'running' && job.state !== 'stopping') return job;
      const waitedMs = this.clock.now() - askedAt;
      if (waitedMs > withinMs)
        throw new AppError(
          'DEPENDENCY_UNAVAILABLE',
          `The job has not ended within ${withinMs / 1000} s: ${JSON.stringify(job)}`,
        );
      await this.clock.sleep(Math.min(LOOK_AGAIN_AT_MOST_MS, Math.max(LOOK_AGAIN_MS, waitedMs * LOOK_AGAIN_AFTER)));
    }
  }

  job(tenant: string, jobId: string) {
    return this.#call(jobView, 'GET', `/tenants/${tenant}/jobs/${jobId}`);
  }

  tasks(tenant: string, job: string) {
    return this.#all(taskView, `/tenants/${tenant}/jobs/${job}/tasks`);
  }

  jobReport(tenant: string, job: string) {
    return this.#call(jobReportView, 'GET', `/tenants/${tenant}/jobs/${job}/report`);
  }

  /** The newest snapshot of each resource as of a job. */
  snapshotsAsOf(tenant: string, job: string) {
    return this.#all(snapshotView, `/tenants/${tenant}/snapshots`, { asOfJobId: job });
  }

  /** A folder of a resource as it was as of a job; no folder: the resource's top. */
  snapshots(tenant: string, set: string) {
    return this.#all(snapshotView, `/tenants/${tenant}/snapshots`, { backupSetId: set });
  }

  folderAsOf(tenant: string, job: string, resource: string, folderId?: string) {
    return this.#all(itemView, `/tenants/${tenant}/jobs/${job}/resources/${resource}/items`, {
      pageSize: '500',
      ...(folderId !== undefined && { folderId }),
    });
  }

  /** One page of a folder as it was as of a job: what a person sees who turns pages. */
  folderPageAsOf(
    tenant: string,
    job: string,
    resource: string,
    at: { readonly folderId?: string | undefined; readonly pageToken?: string | undefined },
  ) {
    const query = Object.entries({ pageSize: '500', ...at }).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(query as [string, string][]);
    return this.#call(
      page(itemView),
      'GET',
      `/tenants/${tenant}/jobs/${job}/resources/${resource}/items?${search.toString()}`,
    );
  }

  search(tenant: string, body: object) {
    return this.#call(searchPage, 'POST', `/tenants/${tenant}/search`, body);
  }

  /** What an export asks for, piece by piece as it is read. */
  async startExport(tenant: string, body: object): Promise<AsyncIterable<Uint8Array>> {
    const { downloadPath } = await this.#call(exportView, 'POST', `/tenants/${tenant}/exports`, body);
    const answer = await fetch(`${this.baseUrl}${downloadPath}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.apiKey}` },
    });
    if (!answer.ok || !answer.body) throw refusal(`GET ${downloadPath}`, answer.status, await answer.text());
    return answer.body as AsyncIterable<Uint8Array>;
  }

  /** Downloads what an export asks for; answers its bytes in number. */
  async exportBytes(tenant: string, body: object): Promise<number> {
    let bytes = 0;
    for await (const piece of await this.startExport(tenant, body)) bytes += piece.byteLength;
    return bytes;
  }

  createPlan(tenant: string, body: object) {
    return this.#call(planView, 'POST', `/tenants/${tenant}/restore-plans`, body);
  }

  performPlan(tenant: string, plan: string) {
    return this.#call(performedPlan, 'POST', `/tenants/${tenant}/restore-plans/${plan}/perform`);
  }

  restoreReport(tenant: string, plan: string) {
    return this.#call(restoreReportView, 'GET', `/tenants/${tenant}/restore-plans/${plan}/report`);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #all<Row extends z.ZodType>(row: Row, path: string, query: Record<string, string> = {}) {
    const rows: z.infer<Row>[] = [];
    for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
      const search = new URLSearchParams({ ...query, ...(pageToken !== '' && { pageToken }) });
      const answer: { rows: z.infer<Row>[]; nextPageToken?: string | undefined } = await this.#call(
        page(row),
        'GET',
        `${path}?${search.toString()}`,
      );
      rows.push(...answer.rows);
      pageToken = answer.nextPageToken;
    }
    return rows;
  }

  async #call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: object,
  ): Promise<z.infer<Schema>> {
    const answer = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return schema.parse(JSON.parse(text));
    throw refusal(`${method} ${path}`, answer.status, text);
  }
}

function refusal(what: string, status: number, text: string): AppError {
  const parsed = errorBody.safeParse(parseJson(text));
  if (!parsed.success)
    return new AppError('DEPENDENCY_UNAVAILABLE', `${what} was answered with ${status}: ${text.slice(0, 500)}`);
  const { code, message, problems } = parsed.data.error;
  const fields = problems.map(({ field, rule }) => `\n  ${field} ${rule}`).join('');
  const kind = AWAY.has(status) ? 'DEPENDENCY_UNAVAILABLE' : 'FAILED_PRECONDITION';
  return new AppError(kind, `${what} was refused (${status} ${code}): ${message}${fields}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
