import {
  LegalHoldServiceControllerMethods,
  type LegalHold as WireLegalHold,
  type LegalHoldServiceController,
  type LiftLegalHoldRequest,
  type ListLegalHoldsRequest,
  type ListLegalHoldsResponse,
  type PlaceLegalHoldRequest,
  type PlaceLegalHoldResponse,
} from '@holdfast/contracts/scheduler/v1';
import {
  AppError,
  parseBackupSetId,
  parseLegalHoldId,
  parseResourceId,
  parseTenantId,
  resourceIdOf,
} from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { LegalHolds, type LegalHold } from '../../app/legal-holds.port.js';
import { PlaceLegalHold } from '../../app/place-legal-hold.js';
import type { HeldSubject } from '../../domain/held-subject.js';
import { pageFrom, textFrom } from './wire.js';

@Controller()
@LegalHoldServiceControllerMethods()
@CalledBy('gateway')
export class LegalHoldController implements LegalHoldServiceController {
  constructor(
    private readonly holds: LegalHolds,
    private readonly place: PlaceLegalHold,
  ) {}

  async placeLegalHold(request: PlaceLegalHoldRequest): Promise<PlaceLegalHoldResponse> {
    const tenant = parseTenantId(request.tenantId);
    const { hold, warnings } = await this.place.run(tenant, {
      subject: subjectFrom(request),
      reason: textFrom('reason', request.reason),
      placedBy: textFrom('placedBy', request.placedBy),
    });
    return { hold: wireHold(hold), warnings: [...warnings] };
  }

  async liftLegalHold({ tenantId, holdId, liftedBy }: LiftLegalHoldRequest): Promise<WireLegalHold> {
    const by = textFrom('liftedBy', liftedBy);
    return wireHold(await this.holds.lift(parseTenantId(tenantId), parseLegalHoldId(holdId), by));
  }

  async listLegalHolds({ tenantId, withLifted, ...page }: ListLegalHoldsRequest): Promise<ListLegalHoldsResponse> {
    const { rows, next } = await this.holds.list(parseTenantId(tenantId), pageFrom(page), { withLifted });
    return { holds: rows.map(wireHold), nextPageToken: next ?? '' };
  }
}

function subjectFrom({ backupSetId, accountId, resourceId }: PlaceLegalHoldRequest): HeldSubject {
  const given = [backupSetId, accountId, resourceId].filter((id) => id !== '');
  if (given.length !== 1) throw invalid('backupSetId', 'given, or accountId, or resourceId: one of them');
  if (backupSetId !== '') return { kind: 'set', backupSetId: parseBackupSetId(backupSetId) };
  if (resourceId !== '') return { kind: 'resource', resourceId: parseResourceId(resourceId) };
  // An account is what the resources after it are named by.
  resourceIdOf('mail', accountId);
  return { kind: 'account', accountId };
}

function wireHold({ tenantId, holdId, subject, reason, placedBy, placedAtMs, lifted }: LegalHold): WireLegalHold {
  return {
    tenantId,
    holdId,
    backupSetId: subject.kind === 'set' ? subject.backupSetId : '',
    accountId: subject.kind === 'account' ? subject.accountId : '',
    resourceId: subject.kind === 'resource' ? subject.resourceId : '',
    reason,
    placedBy,
    placedAtMs,
    liftedBy: lifted?.by ?? '',
    liftedAtMs: lifted?.atMs ?? 0,
  };
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
