import { AppError, type Workload } from '@holdfast/kernel';
import type { GraphClient } from '../graph-client.js';
import { getUserDrive } from './drive-presence.js';
import { type Licence, listLicences } from './licences.js';
import { getMailboxPurpose } from './mailbox-purpose.js';
import { getOrganization, type Organization } from './organization.js';
import { checkPermissions, type PermissionFinding } from './permissions.js';
import { type DirectoryUser, listUsers } from './users.js';

/** What one real call came to; `problem` is a sentence for an administrator. */
export interface Probe {
  readonly workload: Workload | 'directory';
  readonly what: string;
  readonly problem: string | undefined;
}

export interface ConnectionReport {
  readonly permissions: readonly PermissionFinding[];
  readonly probes: readonly Probe[];
  readonly organization: Organization | undefined;
  readonly licences: readonly Licence[];
}

/** How many users are asked for a mailbox and a drive before the probe says that none has one. */
const USERS_TRIED = 5;

/** Checks a registered app: each permission by name from the token's roles, and one real call for each thing that backups do. */
export async function testConnection(
  client: GraphClient,
  roles: readonly string[],
  signal?: AbortSignal,
): Promise<ConnectionReport> {
  const probes: Probe[] = [];
  const probe = async <T>(
    workload: Probe['workload'],
    what: string,
    call: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      const value = await call();
      probes.push({ workload, what, problem: undefined });
      return value;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      probes.push({ workload, what, problem: error.message });
      return undefined;
    }
  };
  const organization = await probe('directory', 'read the organisation', () => getOrganization(client, signal));
  const licences = await probe('directory', 'read licences', () => activeLicences(client, signal));
  const users = (await probe('directory', 'list users', () => someUsers(client, signal))) ?? [];
  await probe('mail', 'open a mailbox', () => firstMailbox(client, users, signal));
  await probe('drive', 'open a OneDrive', () => firstDrive(client, users, signal));
  return { permissions: checkPermissions(roles), probes, organization, licences: licences ?? [] };
}

async function activeLicences(client: GraphClient, signal: AbortSignal | undefined): Promise<readonly Licence[]> {
  const licences = await listLicences(client, signal);
  if (licences.some((licence) => licence.isActive)) return licences;
  throw new AppError(
    'FAILED_PRECONDITION',
    'No Microsoft 365 subscription of the organisation is active. What is backed up stays restorable; renew the subscription to go on.',
  );
}

async function someUsers(client: GraphClient, signal: AbortSignal | undefined): Promise<readonly DirectoryUser[]> {
  const users: DirectoryUser[] = [];
  for await (const user of listUsers(client, signal)) {
    if (!user.isGuest) users.push(user);
    if (users.length === USERS_TRIED) break;
  }
  if (users.length > 0) return users;
  throw new AppError('FAILED_PRECONDITION', 'The directory has no users that could be protected.');
}

async function firstMailbox(client: GraphClient, users: readonly DirectoryUser[], signal: AbortSignal | undefined) {
  for (const user of users) {
    if ((await getMailboxPurpose(client, user.id, signal)) === 'none') continue;
    const path = `/users/${encodeURIComponent(user.id)}/mailFolders/inbox?$select=id`;
    return client.json({ path, demand: { bucket: 'outlook', mailbox: user.id, cost: 1 } }, signal);
  }
  throw new AppError('FAILED_PRECONDITION', `None of the first ${users.length} users has a mailbox.`);
}

async function firstDrive(client: GraphClient, users: readonly DirectoryUser[], signal: AbortSignal | undefined) {
  for (const user of users) {
    const drive = await getUserDrive(client, user.id, signal);
    if (drive !== undefined) return drive;
  }
  throw new AppError('FAILED_PRECONDITION', `None of the first ${users.length} users has a OneDrive yet.`);
}
