import {
  checkReport,
  destinationView,
  displayName,
  type CheckReport,
  type DestinationView,
} from '@holdfast/contracts/api';
import type { Destination } from '@holdfast/contracts/auth/v1';
import type { TestDestinationResponse } from '@holdfast/contracts/storage/v1';
import { destinationCredentials, destinationSettings, type DestinationSettings } from '@holdfast/destinations';
import { AppError } from '@holdfast/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { isAllowed, type Caller } from '../../domain/permissions.js';
import { Route, type Asked } from './route.js';

const TEST_DEADLINE_MS = 120_000;

const place = z.strictObject({
  settings: destinationSettings,
  credentials: destinationCredentials.optional().describe('Not for a folder; kept sealed and never shown'),
});
const isWhole = ({ settings, credentials }: z.output<typeof place>) =>
  settings.kind === 'folder' ? (credentials?.kind ?? 'folder') === 'folder' : credentials?.kind === settings.kind;
const wholeness = { path: ['credentials'], error: 'has to be given, of the same kind as the settings' };
const newDestination = place.extend({ displayName }).refine(isWhole, wholeness);
const changedDestination = place.extend({
  version: z.int('has to be a whole number').min(1).describe('The version that was read; another one is refused'),
  displayName,
  credentials: destinationCredentials
    .optional()
    .describe('Those that are kept stay when left out; to be given where the settings name another server'),
});
const untriedDestination = place.refine(isWhole, wholeness);

/** Places that hold backup data. */
@Controller()
export class DestinationRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/destinations',
    permission: 'destinations:read',
    summary: "List a tenant's destinations",
    response: z.object({ rows: z.array(destinationView) }),
  })
  async list({ params }: Asked<'tenantId'>): Promise<{ rows: DestinationView[] }> {
    const { destinations } = await this.peers.destinations.listDestinations(params);
    return { rows: destinations.map(destinationViewOf) };
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/destinations',
    permission: 'destinations:change',
    summary: 'Save a destination',
    body: newDestination,
    response: destinationView,
    status: 201,
    audit: { action: 'destination.create', is: 'change' },
  })
  async create({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof newDestination>>) {
    mayUse(caller, body.settings);
    const request = { ...params, displayName: body.displayName, ...wirePlace(body) };
    return destinationViewOf(await this.peers.destinations.createDestination(request));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/destinations/test',
    permission: 'destinations:change',
    summary: 'Try a destination before it is saved',
    body: untriedDestination,
    response: checkReport,
    audit: { action: 'destination.test', is: 'change' },
  })
  async testUnsaved({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof untriedDestination>>) {
    mayUse(caller, body.settings);
    const request = { ...params, ...wirePlace(body), destinationId: '', vaults: [] };
    return reportOf(await this.peers.vaults.testDestination(request, { deadlineMs: TEST_DEADLINE_MS }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/destinations/:destinationId',
    permission: 'destinations:read',
    summary: 'Show a destination',
    response: destinationView,
  })
  async get({ params }: Asked<'tenantId' | 'destinationId'>): Promise<DestinationView> {
    return destinationViewOf(await this.peers.destinations.getDestination(params));
  }

  @Route({
    method: 'PUT',
    path: 'tenants/:tenantId/destinations/:destinationId',
    permission: 'destinations:change',
    summary:
      'Change a destination; refused when it was changed since the version that was read, fails its test, or leads to another place than before',
    body: changedDestination,
    response: destinationView,
    audit: { action: 'destination.change', is: 'change' },
  })
  async change({
    params,
    body,
    caller,
  }: Asked<'tenantId' | 'destinationId', undefined, z.output<typeof changedDestination>>): Promise<DestinationView> {
    mayUse(caller, body.settings);
    const { version, displayName } = body;
    const request = { ...params, version, displayName, ...wirePlace(body) };
    return destinationViewOf(
      await this.peers.destinations.changeDestination(request, { deadlineMs: TEST_DEADLINE_MS }),
    );
  }

  @Route({
    method: 'DELETE',
    path: 'tenants/:tenantId/destinations/:destinationId',
    permission: 'destinations:change',
    summary: 'Forget a destination; refused while a vault uses it. Nothing is deleted there',
    audit: { action: 'destination.delete', is: 'change' },
  })
  async delete({ params }: Asked<'tenantId' | 'destinationId'>): Promise<void> {
    await this.peers.destinations.deleteDestination(params);
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/destinations/:destinationId/test',
    permission: 'destinations:change',
    summary: 'Try a saved destination',
    response: checkReport,
    audit: { action: 'destination.test', is: 'change' },
  })
  async test({ params }: Asked<'tenantId' | 'destinationId'>): Promise<CheckReport> {
    const request = { ...params, settingsJson: '', credentialsJson: '', vaults: [] };
    return reportOf(await this.peers.vaults.testDestination(request, { deadlineMs: TEST_DEADLINE_MS }));
  }
}

/** Kinds of destinations that reach into the machines that storage runs on. */
const LOCAL: ReadonlySet<DestinationSettings['kind']> = new Set(['folder', 'rclone']);

function mayUse(caller: Caller, { kind }: DestinationSettings): void {
  if (!LOCAL.has(kind) || isAllowed(caller, 'local-destinations:change')) return;
  throw new AppError(
    'PERMISSION_DENIED',
    "A folder, and the program rclone, are of the provider's machines, so only a provider-operator may name one. Ask for it, or use a bucket or a server.",
  );
}

function wirePlace({ settings, credentials }: z.output<typeof place>) {
  const hasSecrets = credentials && credentials.kind !== 'folder';
  return { settingsJson: JSON.stringify(settings), credentialsJson: hasSecrets ? JSON.stringify(credentials) : '' };
}

function destinationViewOf(destination: Destination): DestinationView {
  return {
    destinationId: destination.destinationId,
    displayName: destination.displayName,
    kind: destination.kind,
    settings: destinationSettings.parse(JSON.parse(destination.settingsJson)),
    createdAtMs: destination.createdAtMs,
    version: destination.version,
  };
}

function reportOf({ ok, steps }: TestDestinationResponse): CheckReport {
  return { ok, steps: steps.map((step) => ({ ...step, missingPermissions: [] })) };
}
