import {
  legalHoldQuery,
  legalHoldView,
  newLegalHold,
  page,
  placedLegalHold,
  type HeldSubject,
  type LegalHoldView,
} from '@holdfast/contracts/api';
import type { LegalHold } from '@holdfast/contracts/scheduler/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { Route, type Asked } from './route.js';
import { pageView, wirePage } from './words.js';

/** What may not be let go of, whatever retention says. */
@Controller()
export class LegalHoldRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/legal-holds',
    permission: 'legal-holds:change',
    summary:
      'Place a legal hold on a backup set, an account or a resource: retention keeps all that can be restored of it',
    body: newLegalHold,
    response: placedLegalHold,
    status: 201,
    audit: { action: 'legal-hold.place', is: 'change' },
  })
  async place({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof newLegalHold>>) {
    const { kind: _, ...subject } = body.on;
    const wanted = { backupSetId: '', accountId: '', resourceId: '', ...subject };
    const { hold, warnings } = await this.peers.legalHolds.placeLegalHold({
      ...{ ...params, ...wanted },
      reason: body.reason,
      placedBy: caller.keyId,
    });
    if (!hold) throw new Error('scheduler placed a legal hold and did not say which');
    return { hold: holdViewOf(hold), warnings };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/legal-holds',
    permission: 'legal-holds:read',
    summary: "List a tenant's legal holds, newest first",
    query: legalHoldQuery,
    response: page(legalHoldView),
  })
  async list({ params, query }: Asked<'tenantId', z.output<typeof legalHoldQuery>>) {
    const { withLifted } = query;
    const request = { ...params, withLifted, ...wirePage(query) };
    const { holds, nextPageToken } = await this.peers.legalHolds.listLegalHolds(request);
    return pageView(holds.map(holdViewOf), nextPageToken);
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/legal-holds/:holdId/lift',
    permission: 'legal-holds:change',
    summary: 'Lift a legal hold; it stays on record, and what other holds are on stays held',
    response: legalHoldView,
    audit: { action: 'legal-hold.lift', is: 'change' },
  })
  async lift({ params, caller }: Asked<'tenantId' | 'holdId'>): Promise<LegalHoldView> {
    return holdViewOf(await this.peers.legalHolds.liftLegalHold({ ...params, liftedBy: caller.keyId }));
  }
}

function holdViewOf(hold: LegalHold): LegalHoldView {
  const { holdId, reason, placedBy, placedAtMs, liftedBy, liftedAtMs } = hold;
  return {
    ...{ holdId, on: subjectOf(hold), reason, placedBy, placedAtMs },
    ...(liftedAtMs !== 0 && { liftedBy, liftedAtMs }),
  };
}

function subjectOf({ backupSetId, accountId, resourceId }: LegalHold): HeldSubject {
  if (backupSetId !== '') return { kind: 'set', backupSetId };
  return accountId === '' ? { kind: 'resource', resourceId } : { kind: 'account', accountId };
}
