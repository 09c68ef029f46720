import {
  ConflictPolicy as WirePolicy,
  type FindItemsRequest,
  type Item as WireItem,
  type Place as WirePlace,
  type Plan as WirePlan,
  type PlanStep as WireStep,
  type RestoreSource as WireSource,
} from '@holdfast/contracts/restore/v1';
import {
  AppError,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
  type ResourceId,
  resourceIdOf,
  resourceParts,
  type SnapshotId,
  type TenantId,
} from '@holdfast/kernel';
import type { PageRequest, Place } from '../../app/browse.js';
import type { PlanWish } from '../../app/create-plan.js';
import type { ItemView } from '../../app/item-view.js';
import type { Plan } from '../../app/plans.port.js';
import type { ShownStep } from '../../app/show-plan.js';
import { CONFLICT_POLICIES, type ConflictPolicy } from '../../domain/plan-step.js';
import { brokenNameRule, targetNames } from '../../domain/target-folder.js';

const MAX_PAGE = 500;
const PRESET_PAGE = 50;
const MAX_SOURCES = 500;
const MAX_ITEMS = 5_000;
/** Looked for in one call, and the snapshots that they are looked for in: a few seconds where none has any. */
const MAX_FOUND = 1_000;
const MAX_SNAPSHOTS = 50;

const POLICIES: Record<ConflictPolicy, WirePolicy> = {
  overwrite: WirePolicy.CONFLICT_POLICY_OVERWRITE,
  skip: WirePolicy.CONFLICT_POLICY_SKIP,
  'keep-both': WirePolicy.CONFLICT_POLICY_KEEP_BOTH,
};

export function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

/** The actor stands in the audit trail, so nobody may be nobody. */
export function actorFrom(actor: string): string {
  if (actor === '' || actor.length > 200) throw invalid('actor', 'the id of who asks');
  return actor;
}

export function placeFrom(place: WirePlace | undefined): Place & { readonly tenant: TenantId } {
  if (!place) throw invalid('place', 'given');
  return {
    tenant: parseTenantId(place.tenantId),
    vaultId: parseVaultId(place.vaultId),
    resourceId: parseResourceId(place.resourceId),
    snapshotId: parseSnapshotId(place.snapshotId),
    actor: actorFrom(place.actor),
  };
}

/** Several snapshots of one resource, and who asks. */
export function snapshotsFrom(
  of: FindItemsRequest,
): Omit<Place, 'snapshotId'> & { readonly snapshotIds: SnapshotId[] } {
  const { snapshotIds } = of;
  if (snapshotIds.length === 0 || snapshotIds.length > MAX_SNAPSHOTS)
    throw invalid('snapshotIds', `1 to ${MAX_SNAPSHOTS} snapshots`);
  return {
    vaultId: parseVaultId(of.vaultId),
    resourceId: parseResourceId(of.resourceId),
    snapshotIds: snapshotIds.map(parseSnapshotId),
    actor: actorFrom(of.actor),
  };
}

export function itemsFrom({ itemIds }: FindItemsRequest): readonly string[] {
  if (itemIds.length === 0 || itemIds.length > MAX_FOUND || itemIds.includes(''))
    throw invalid('itemIds', `1 to ${MAX_FOUND} ids`);
  return itemIds;
}

export function pageFrom({ pageSize, pageToken }: { pageSize: number; pageToken: string }): PageRequest {
  if (pageSize < 0 || pageSize > MAX_PAGE) throw invalid('pageSize', `0 to ${MAX_PAGE}`);
  return { size: pageSize === 0 ? PRESET_PAGE : pageSize, token: pageToken };
}

export function policyFrom(policy: WirePolicy): ConflictPolicy {
  const found = CONFLICT_POLICIES.find((name) => POLICIES[name] === policy);
  if (found) return found;
  throw invalid('policy', CONFLICT_POLICIES.join(', '));
}

/** What is named twice is taken once: a resource at one time into one target is one source. */
export function sourcesFrom(sources: readonly WireSource[]): PlanWish['sources'] {
  if (sources.length === 0 || sources.length > MAX_SOURCES) throw invalid('sources', `1 to ${MAX_SOURCES} resources`);
  const named = sources.map((source) => {
    const resourceId = parseResourceId(source.resourceId);
    return {
      resourceId,
      snapshotId: parseSnapshotId(source.snapshotId),
      itemIds: source.itemIds,
      targetId: targetOf(resourceId, source.targetAccountId),
    };
  });
  const alike = Map.groupBy(named, (source) => [source.resourceId, source.snapshotId, source.targetId].join(' '));
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const isWhole = same.some(({ itemIds }) => itemIds.length === 0);
    const itemIds = isWhole ? [] : [...new Set(same.flatMap((source) => source.itemIds))];
    if (itemIds.length > MAX_ITEMS) throw invalid('itemIds', `at most ${MAX_ITEMS}; choose folders instead`);
    return [{ ...first, itemIds }];
  });
}

function targetOf(resource: ResourceId, accountId: string): ResourceId {
  return accountId === '' ? resource : resourceIdOf(resourceParts(resource).workload, accountId);
}

/** A name, or names with slashes between, as each of the targets can have them. */
export function targetFolderFrom(text: string, sources: PlanWish['sources']): string {
  const names = targetNames(text);
  const isDrive = sources.some(({ targetId }) => resourceParts(targetId).workload === 'drive');
  const rule = brokenNameRule(names, { isDrive });
  if (rule !== undefined) throw invalid('targetFolder', rule);
  return names.join('/');
}

export function wireItem(item: ItemView, of?: { resourceId: string; snapshotId: string }): WireItem {
  return {
    ...item,
    recipients: [...item.recipients],
    path: [...item.path],
    resourceId: of?.resourceId ?? '',
    snapshotId: of?.snapshotId ?? '',
  };
}

export function wirePlan(tenant: TenantId, plan: Plan): WirePlan {
  return {
    tenantId: tenant,
    planId: plan.planId,
    vaultId: plan.vaultId,
    policy: POLICIES[plan.policy],
    createdAtMs: plan.createdAtMs,
    jobId: plan.isPerformed ? plan.jobId : '',
    counts: plan.counts,
    warnings: [...plan.warnings],
  };
}

/** A step under way is *planned* to people: it is not done. */
export function wireStep(step: ShownStep): WireStep {
  return {
    number: step.number,
    resourceId: step.sourceResourceId,
    itemId: step.itemId,
    action: step.action,
    name: step.name,
    path: step.path,
    state: step.state === 'doing' ? 'planned' : step.state,
    errorCode: step.errorCode === '' ? step.cause : step.errorCode,
    errorMessage: step.errorMessage,
  };
}
