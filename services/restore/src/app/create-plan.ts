import { isFolder } from '@holdfast/vault';
import {
  AppError,
  Clock,
  isAppError,
  parseJobId,
  type ResourceId,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { DRIVE_FIDELITY, MAIL_FIDELITY } from '@holdfast/workloads';
import { randomUUID } from 'node:crypto';
import { quote } from '../domain/estimate.js';
import { countSteps } from '../domain/plan-counts.js';
import { planWarnings } from '../domain/plan-warnings.js';
import type { ConflictPolicy } from '../domain/plan-step.js';
import { AskedTarget } from './asked-target.js';
import { DraftsAsSaved } from './drafts-as-saved.js';
import { LiveItems } from './live-items.port.js';
import { ListedTarget } from './listed-target.js';
import type { LiveTarget } from './live-target.port.js';
import type { OpenedSnapshot, OpenedVault } from './opened-vault.js';
import { OpenedVaults } from './opened-vaults.js';
import { PlanDraft } from './plan-draft.js';
import { PlanKeys } from './plan-keys.js';
import { SourcePlan } from './plan-source.js';
import { PlannedPlaces } from './planned-places.js';
import { QuoteGrounds } from './quote-grounds.js';
import { Plans, type NewPlan, type Plan, type PlanSource } from './plans.port.js';
import { type TargetAccess, TargetAccesses } from './target-access.port.js';

export interface PlanWish {
  readonly vaultId: VaultId;
  readonly sources: readonly {
    readonly resourceId: ResourceId;
    readonly snapshotId: SnapshotId;
    readonly itemIds: readonly string[];
    readonly targetId: ResourceId;
  }[];
  readonly policy: ConflictPolicy;
  readonly targetFolder: string;
  readonly actor: string;
}

/** Items that are asked for one by one, at most. */
const FEW = 50;

const LOSSES = [...MAIL_FIDELITY, ...DRIVE_FIDELITY];

/** Computes what a restore would do, against the live target, and keeps it. Nothing is written at Microsoft. */
@Injectable()
export class CreatePlan {
  constructor(
    private readonly vaults: OpenedVaults,
    private readonly targets: TargetAccesses,
    private readonly plans: Plans,
    private readonly live: LiveItems,
    private readonly quoting: QuoteGrounds,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, wish: PlanWish, signal: AbortSignal): Promise<Plan> {
    if (wish.sources.length === 0) throw new AppError('INVALID_ARGUMENT', 'sources has to name at least one resource.');
    const vault = await this.vaults.toRead(tenant, wish.vaultId, { actor: wish.actor, reason: 'plan' });
    const planId = randomUUID();
    const keys = new PlanKeys(vault.secrets.keys);
    const plan: NewPlan = {
      planId,
      jobId: parseJobId(randomUUID()),
      vaultId: wish.vaultId,
      policy: wish.policy,
      sealedTargetFolder: keys.seal(planId, wish.targetFolder),
      sources: wish.sources.map((source, at) => ({ ...source, number: at + 1 })),
    };
    await this.plans.beginPlanning(tenant, plan);
    try {
      const result = await this.#compute({ tenant, plan, vault, keys, targetFolder: wish.targetFolder, signal });
      return await this.plans.finishPlanning(tenant, planId, result);
    } catch (error) {
      await this.plans.drop(tenant, planId);
      throw isAppError(error, 'GRANT_REFUSED') ? lapsed(error) : error;
    } finally {
      await this.live.forget(tenant, planId);
    }
  }

  async #compute(planning: Planning): Promise<Pick<Plan, 'counts' | 'warnings'>> {
    const { tenant, plan } = planning;
    const draft = new PlanDraft((steps) => this.plans.addSteps(tenant, plan.planId, steps));
    const release = planning.vault.hold(plan.sources);
    try {
      for (const source of plan.sources) await this.#planSource(planning, source, draft);
    } finally {
      release();
    }
    if (hasTwoTimes(plan.sources)) await this.#refuseTwoTimes(tenant, plan.planId);
    const sum = await this.quoting.begin(tenant, draft.asked);
    const counts = countSteps(draft.steps, { bytes: draft.bytes, ...quote(draft.costs, sum) });
    return { counts, warnings: planWarnings(LOSSES, draft.made, draft.leftOut) };
  }

  async #planSource(planning: Planning, source: PlanSource, draft: PlanDraft): Promise<void> {
    const { tenant, plan, vault, keys, signal, targetFolder } = planning;
    const { planId, vaultId, policy } = plan;
    const snapshot = await vault.snapshot(source.resourceId, source.snapshotId);
    const access = await this.targets.toPlan(tenant, { planId, vaultId, resourceId: source.targetId });
    try {
      const live = await this.#liveTarget(planning, source, snapshot, access);
      const plannedAt = new Date(this.clock.now());
      const isShared = plan.sources.some(
        ({ number, targetId }) => number !== source.number && targetId === source.targetId,
      );
      const at = { tenant, planId, target: source.targetId };
      const places = isShared ? new PlannedPlaces(this.live, keys, at) : undefined;
      const drafts = new DraftsAsSaved(access.writer, vaultId, signal);
      const part = new SourcePlan({ source, snapshot, live, drafts, policy, targetFolder, plannedAt, places, signal });
      await draft.add(source.targetId, part);
    } finally {
      draft.note(access.totals());
      await access.close();
    }
  }

  async #refuseTwoTimes(tenant: TenantId, planId: string): Promise<void> {
    const twice = await this.plans.chosenTwice(tenant, planId);
    if (twice === undefined) return;
    const rule = 'of one point in time for each item';
    throw new AppError(
      'INVALID_ARGUMENT',
      `sources has to be ${rule}: they name an item of one resource as of two, for the same target. Choose one, or restore the other into another folder.`,
      { context: { field: 'sources', rule, itemId: twice.itemId, resourceId: twice.targetId } },
    );
  }

  /** Asked for each of a few items; else listed, unless an earlier source had the same target. */
  async #liveTarget(
    { tenant, plan, keys, targetFolder, signal }: Planning,
    source: PlanSource,
    snapshot: OpenedSnapshot,
    access: TargetAccess,
  ): Promise<LiveTarget> {
    const { planId, vaultId, sources } = plan;
    // Ids of one mailbox or drive mean nothing in another.
    const mayMeet = source.targetId === source.resourceId && targetFolder === '';
    if (await areFewItems(snapshot, source.itemIds))
      return new AskedTarget(access.writer, { vaultId, mayMeet }, signal);
    const listed = new ListedTarget(access, this.live, keys, { tenant, planId, vaultId, source }, signal);
    const earlier = sources.filter(({ number, targetId }) => number < source.number && targetId === source.targetId);
    if (!earlier.some(({ itemIds }) => itemIds.length === 0 || itemIds.length > FEW)) await listed.list();
    return listed;
  }
}

/** Whether a resource goes into one target as of two points in time. */
function hasTwoTimes(sources: readonly PlanSource[]): boolean {
  const ways = new Set(sources.map(({ resourceId, targetId }) => `${resourceId} ${targetId}`));
  return ways.size < sources.length;
}

/** Single items, no folders, and so few that asking for each takes less than listing all. */
async function areFewItems({ vault, body }: OpenedSnapshot, itemIds: readonly string[]): Promise<boolean> {
  if (itemIds.length === 0 || itemIds.length > FEW) return false;
  const records = await vault.items.getMany(body.items, itemIds);
  return records.every((record) => record === undefined || !isFolder(record.kind));
}

interface Planning {
  readonly tenant: TenantId;
  readonly plan: NewPlan;
  readonly vault: OpenedVault;
  readonly keys: PlanKeys;
  readonly targetFolder: string;
  readonly signal: AbortSignal;
}

/** The right to look at the target is renewed while the plan is made; it runs out where the services do not answer each other. */
function lapsed(cause: AppError): AppError {
  return new AppError(
    'DEPENDENCY_UNAVAILABLE',
    'The plan could not be made, because services of Holdfast did not answer each other for too long. Nothing was changed; make it again.',
    { cause },
  );
}
