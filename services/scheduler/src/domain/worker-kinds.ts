import type { HousekeepingKind } from '@holdfast/contracts';

/** Which service works on the tasks of a kind of job. */
const WORKERS: Readonly<Record<'backup' | 'restore' | HousekeepingKind, string>> = {
  backup: 'crawler',
  restore: 'restore',
  retention: 'storage',
};

/** Whether a proven caller (a service, and behind a stroke the tenant it is bound to) may work on tasks of the kind. */
export function worksOn(identity: string, kind: keyof typeof WORKERS): boolean {
  return identity.split('/')[0] === WORKERS[kind];
}
