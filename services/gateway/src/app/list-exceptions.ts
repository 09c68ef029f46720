import { EXCEPTION_SEVERITIES, type ExceptionOutcome, type ExceptionView } from '@holdfast/contracts/api';
import type { ResourceReport } from '@holdfast/contracts/reporting/v1';
import type { ItemException } from '@holdfast/contracts/restore/v1';
import { Clock, parseResourceId, resourceParts, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { FIDELITY, type FidelityEntry } from '@holdfast/workloads';
import { Injectable } from '@nestjs/common';
import { AskReporting } from './ask-reporting.js';
import { type ExceptionToken, formatExceptionToken, parseExceptionToken } from './exception-token.js';
import { FindSnapshots } from './find-snapshots.js';
import { Peers } from './peers.port.js';

const REPORTS = 100;
const PRESET_PAGE = 50;
const LARGEST_PAGE = 500;
/** A page that took so long is given as it is; the token goes on. */
const PAGE_MS = 20_000;
const RESOURCE_DEADLINE_MS = 60_000;

/** What of a job is asked for, and by whom. */
export interface ExceptionsOfJob {
  readonly tenantId: TenantId;
  readonly jobId: JobId;
  readonly actor: string;
  /** Absent: all. */
  readonly outcome?: ExceptionOutcome | undefined;
  readonly workload?: ExceptionView['workload'] | undefined;
  readonly severity?: ExceptionView['severity'] | undefined;
}

export interface ExceptionPage {
  readonly rows: readonly ExceptionView[];
  /** Absent at the end. */
  readonly next?: string;
}

/** One page in the making. */
interface Asking extends ExceptionsOfJob {
  readonly vaultId: VaultId;
  readonly wanted: ReadonlySet<ExceptionOutcome>;
  readonly hasRoom: () => boolean;
  readonly rows: ExceptionView[];
  readonly room: () => number;
}

/**
 * Names every exception of a job over all its resources, by their ids, and at last what no interface covers of their workloads.
 * A resource whose report counts none is not opened. Of a job that still runs, what has ended is told.
 */
@Injectable()
export class ListExceptions {
  constructor(
    private readonly peers: Peers,
    private readonly reporting: AskReporting,
    private readonly find: FindSnapshots,
    private readonly clock: Clock,
  ) {}

  /** A page may be short, or empty, before the end: the token says whether there is more. */
  async page(job: ExceptionsOfJob, pageSize = PRESET_PAGE, pageToken?: string): Promise<ExceptionPage> {
    let at: ExceptionToken | undefined = parseExceptionToken(pageToken);
    const { vaultId } = await this.find.locate(job.tenantId, { jobId: job.jobId });
    const endsAt = this.clock.now() + PAGE_MS;
    const rows: ExceptionView[] = [];
    const room = () => pageSize - rows.length;
    const hasRoom = () => room() > 0 && this.clock.now() < endsAt;
    const asking: Asking = { ...job, vaultId, wanted: wantedOutcomes(job), rows, room, hasRoom };
    while (at && hasRoom())
      at = at.reports === null ? tellNotCovered(asking, at) : await this.#resources(asking, at, at.reports);
    return { rows, ...(at && { next: formatExceptionToken(at) }) };
  }

  /** All of them, a page at a time, as fast as they are taken. */
  async *all(job: ExceptionsOfJob): AsyncGenerator<ExceptionView> {
    let page: ExceptionPage = await this.page(job, LARGEST_PAGE);
    yield* page.rows;
    while (page.next !== undefined) {
      page = await this.page(job, LARGEST_PAGE, page.next);
      yield* page.rows;
    }
  }

  /** One page of reports, from the resource that comes next. */
  async #resources(asking: Asking, from: ExceptionToken, pageToken: string): Promise<ExceptionToken> {
    const { tenantId, jobId } = asking;
    const request = { tenantId, jobId, pageSize: REPORTS, pageToken };
    const ask = () => this.peers.reports.listResourceReports(request);
    const { resources, nextPageToken } = await this.reporting.about(tenantId, jobId, ask);
    let at = from;
    while (at.told < resources.length && asking.hasRoom()) {
      const report = resources[at.told];
      const within = report ? await this.#resource(asking, report, at.within) : '';
      const workloads = report ? [...new Set([...at.workloads, workloadOf(report)])] : at.workloads;
      at = within === '' ? { ...at, told: at.told + 1, within, workloads } : { ...at, within };
    }
    if (at.told < resources.length) return at;
    return { ...at, reports: nextPageToken === '' ? null : nextPageToken, told: 0 };
  }

  /** Answers where the resource's exceptions go on; empty: all were told. */
  async #resource(asking: Asking, report: ResourceReport, pageToken: string): Promise<string> {
    const { tenantId, vaultId, actor, wanted, rows } = asking;
    const { resourceId, snapshotId } = report;
    const workload = workloadOf(report);
    if (asking.workload !== undefined && asking.workload !== workload) return '';
    if (snapshotId === '') {
      rows.push(...viewsWithoutSnapshot(report).filter((one) => wanted.has(one.outcome)));
      return '';
    }
    const outcomes = counted(report).filter((outcome) => wanted.has(outcome));
    if (outcomes.length === 0) return '';
    const place = { tenantId, vaultId, resourceId, snapshotId, actor };
    const { exceptions, nextPageToken } = await this.peers.browse.listExceptions(
      { place, outcomes, pageSize: Math.min(asking.room(), LARGEST_PAGE), pageToken },
      { deadlineMs: RESOURCE_DEADLINE_MS },
    );
    rows.push(...exceptions.map((exception) => itemView(workload, resourceId, exception)));
    return nextPageToken;
  }
}

/** What no interface gives back of the workloads that were met, one workload after the other. Undefined at the end. */
function tellNotCovered(asking: Asking, at: ExceptionToken): ExceptionToken | undefined {
  const [workload, ...others] = at.workloads;
  if (workload === undefined || !asking.wanted.has('not-covered')) return undefined;
  if (asking.workload !== undefined && asking.workload !== workload) return { ...at, told: 0, workloads: others };
  const entries = FIDELITY[workload].slice(at.told, at.told + asking.room());
  asking.rows.push(...entries.map((entry) => notCoveredView(workload, entry)));
  const told = at.told + entries.length;
  return told < FIDELITY[workload].length ? { ...at, told } : { ...at, told: 0, workloads: others };
}

function wantedOutcomes({ outcome, severity }: ExceptionsOfJob): ReadonlySet<ExceptionOutcome> {
  const all = Object.keys(EXCEPTION_SEVERITIES) as ExceptionOutcome[];
  return new Set(
    all
      .filter((one) => outcome === undefined || one === outcome)
      .filter((one) => severity === undefined || EXCEPTION_SEVERITIES[one] === severity),
  );
}

/** The exceptions of which a report counts any: what was left out is counted as one. */
function counted({ counts }: ResourceReport): ExceptionOutcome[] {
  const isAny: readonly (readonly [ExceptionOutcome, number | undefined])[] = [
    ['owed', counts?.owed?.items],
    ['vanished', counts?.deleted?.items],
    ['unexplained', counts?.unexplained],
    ['skipped', counts?.skipped?.items],
    ['excluded', counts?.skipped?.items],
  ];
  return isAny.flatMap(([outcome, items = 0]) => (items > 0 ? [outcome] : []));
}

function workloadOf({ resourceId }: ResourceReport): ExceptionView['workload'] {
  return resourceParts(parseResourceId(resourceId)).workload;
}

/** How a resource ends that holds nothing to protect, and so has no snapshot. */
const ENDED_WELL: ReadonlySet<string> = new Set(['completed', 'completed-with-warnings']);

function viewsWithoutSnapshot(report: ResourceReport): ExceptionView[] {
  if (!ENDED_WELL.has(report.outcome)) return [failedView(report)];
  const workload = workloadOf(report);
  return (report.counts?.skippedByCause ?? []).map(({ cause }) => ({
    workload,
    resourceId: report.resourceId,
    outcome: 'skipped',
    severity: EXCEPTION_SEVERITIES.skipped,
    path: [],
    code: cause,
    reason: `The account has no ${workload === 'mail' ? 'mailbox' : 'drive'}: there was nothing to read. What earlier backups hold of one stays.`,
  }));
}

function failedView(report: ResourceReport): ExceptionView {
  const { resourceId, outcome, errorCode, errorMessage } = report;
  return {
    workload: workloadOf(report),
    resourceId,
    outcome: 'failed',
    severity: EXCEPTION_SEVERITIES.failed,
    path: [],
    code: errorCode === '' ? outcome.toUpperCase() : errorCode,
    reason: errorMessage === '' ? 'The job has no snapshot of this resource: it was stopped before.' : errorMessage,
  };
}

function notCoveredView(
  workload: ExceptionView['workload'],
  { kind, field, happens, source }: FidelityEntry,
): ExceptionView {
  const outcome = 'not-covered';
  const severity = EXCEPTION_SEVERITIES[outcome];
  return { workload, outcome, severity, kind, path: [], code: field, reason: `${happens} [${source}]` };
}

function itemView(workload: ExceptionView['workload'], resourceId: string, row: ItemException): ExceptionView {
  const { itemId, kind, path, code, reason, atMs, attempts, atSource, inSnapshot } = row;
  const outcome = row.outcome as ExceptionOutcome;
  return {
    workload,
    resourceId,
    outcome,
    severity: EXCEPTION_SEVERITIES[outcome],
    itemId,
    ...(kind !== '' && { kind }),
    path,
    code,
    reason,
    ...(atMs > 0 && { atMs }),
    ...(outcome === 'owed' && { attempts }),
    ...(outcome === 'unexplained' && { atSource, inSnapshot }),
  };
}
