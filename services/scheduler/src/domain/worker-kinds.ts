import type { JobKind } from './job-kind.js';

/** Which service works on the tasks of a kind of job. */
const WORKERS: Readonly<Record<JobKind, string>> = {
  backup: 'crawler',
  restore: 'restore',
  rewriting: 'crawler',
  retention: 'storage',
  freeing: 'storage',
  rebuild: 'storage',
  check: 'storage',
  deletion: 'storage',
};

/** Whether a proven caller (a service, and behind a stroke the tenant it is bound to) may work on tasks of the kind. */
export function worksOn(identity: string, kind: JobKind): boolean {
  return identity.split('/')[0] === WORKERS[kind];
}
