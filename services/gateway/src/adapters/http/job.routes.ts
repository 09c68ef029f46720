import {
  jobQuery,
  jobView,
  newBackup,
  page,
  pageQuery,
  taskView,
  type JobView,
  type TaskView,
} from '@holdfast/contracts/api';
import type { Job, Task } from '@holdfast/contracts/scheduler/v1';
import { AppError, isAppError } from '@holdfast/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { Route, type Asked } from './route.js';
import { jobKindOf, jobStateOf, known, pageView, taskStateOf, wirePage } from './words.js';

/** Scheduler lists the whole directory before it answers: a page of 999 accounts takes Microsoft a second or so. */
const START_DEADLINE_MS = 10 * 60_000;
const MAY_HAVE_STARTED =
  'The backup may have started all the same: look at the jobs of the set. To start it again is safe, and refused while it runs.';

const taskQuery = pageQuery(200);

/** Runs of backup sets and of restore plans. */
@Controller()
export class JobRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/jobs',
    permission: 'jobs:run',
    summary: 'Start a backup; refused while a job of the set runs',
    body: newBackup,
    response: jobView,
    status: 201,
    audit: { action: 'backup.start', is: 'change' },
  })
  async start({ params, body }: Asked<'tenantId' | 'backupSetId', undefined, z.output<typeof newBackup>>) {
    try {
      return jobViewOf(await this.peers.jobs.startBackup({ ...params, ...body }, { deadlineMs: START_DEADLINE_MS }));
    } catch (error) {
      if (!isAppError(error, 'DEPENDENCY_UNAVAILABLE')) throw error;
      throw new AppError(error.code, `${error.message} ${MAY_HAVE_STARTED}`, error.details);
    }
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs',
    permission: 'jobs:read',
    summary: 'List jobs, newest first',
    query: jobQuery,
    response: page(jobView),
  })
  async list({ params, query }: Asked<'tenantId', z.output<typeof jobQuery>>) {
    const backupSetId = query.backupSetId ?? '';
    const { jobs, nextPageToken } = await this.peers.jobs.listJobs({ ...params, ...wirePage(query), backupSetId });
    return pageView(jobs.map(jobViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId',
    permission: 'jobs:read',
    summary: 'Show a job',
    response: jobView,
  })
  async get({ params }: Asked<'tenantId' | 'jobId'>): Promise<JobView> {
    return jobViewOf(await this.peers.jobs.getJob(params));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/jobs/:jobId/stop',
    permission: 'jobs:stop',
    summary: 'Ask a job to stop; its tasks end at their next checkpoint',
    response: jobView,
    audit: { action: 'job.stop', is: 'change' },
  })
  async stop({ params }: Asked<'tenantId' | 'jobId'>): Promise<JobView> {
    return jobViewOf(await this.peers.jobs.stopJob(params));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/tasks',
    permission: 'jobs:read',
    summary: "List a job's tasks: one for each resource",
    query: taskQuery,
    response: page(taskView),
  })
  async tasks({ params, query }: Asked<'tenantId' | 'jobId', z.output<typeof taskQuery>>) {
    const { tasks, nextPageToken } = await this.peers.jobs.listTasks({ ...params, ...wirePage(query) });
    return pageView(tasks.map(taskViewOf), nextPageToken);
  }
}

export function jobViewOf(job: Job): JobView {
  return {
    jobId: job.jobId,
    kind: jobKindOf(job.kind),
    state: jobStateOf(job.state),
    backupSetId: known(job.backupSetId),
    planId: known(job.planId),
    vaultId: job.vaultId,
    afterJobId: known(job.afterJobId),
    startedAtMs: job.startedAtMs,
    finishedAtMs: known(job.finishedAtMs),
    tasksTotal: job.tasksTotal,
    tasksFinished: job.tasksFinished,
    warnings: job.warnings,
  };
}

function taskViewOf(task: Task): TaskView {
  const { itemsDone = 0, itemsExpected = 0, bytesDone = 0, requests = 0, throttled = 0 } = task.progress ?? {};
  return {
    taskId: task.taskId,
    jobId: task.jobId,
    resourceId: task.resourceId,
    state: taskStateOf(task.state),
    attempts: task.attempts,
    progress: { itemsDone, itemsExpected: known(itemsExpected), bytesDone, requests, throttled },
    lastErrorCode: known(task.lastErrorCode),
    lastErrorMessage: known(task.lastErrorMessage),
    startedAtMs: known(task.startedAtMs),
    finishedAtMs: known(task.finishedAtMs),
  };
}
