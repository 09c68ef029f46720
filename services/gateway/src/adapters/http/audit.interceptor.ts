import { Clock, isAppError, parseTenantId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AuditTrail, type TrailOwner } from '../../app/audit-trail.port.js';
import type { AuditEvent, AuditOutcome } from '../../domain/audit-entry.js';
import { askedOf } from './asked-parameter.js';
import { specOf, type Asked, type AuditRule } from './route.js';

type AnyAsked = Asked<'tenantId', Record<string, unknown> | undefined, unknown>;

/**
 * Writes the trail of what routes declare: first that it was asked, without which nothing is done; after a change, how it
 * ended. Ids only, taken from the request and the answer.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rule = specOf(context.getHandler())?.audit;
    if (!rule) return next.handle();
    const asked = askedOf(context.switchToHttp().getRequest<Request>()) as AnyAsked;
    return from(this.#run(rule, asked, next));
  }

  async #run(rule: AuditRule, asked: AnyAsked, next: CallHandler): Promise<unknown> {
    const target = { ...idsIn(asked.body), ...idsIn(asked.query), ...idsIn(asked.params) };
    const owner: TrailOwner = target['tenantId'] === undefined ? 'provider' : parseTenantId(target['tenantId']);
    const note = (outcome: AuditOutcome, more: Partial<AuditEvent> = {}) =>
      this.#append(owner, { ...{ action: rule.action, outcome, target }, ...more }, asked);
    await note('asked');
    try {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      if (rule.is === 'change') await note('done', { target: { ...target, ...idsIn(answer) } });
      return answer;
    } catch (error) {
      await note('failed', { errorCode: isAppError(error) ? error.code : 'INTERNAL' });
      throw error;
    }
  }

  /** The log is kept elsewhere than the trail: an entry that it tells of cannot be taken from the trail's end unseen. */
  async #append(
    owner: TrailOwner,
    event: Pick<AuditEvent, 'action' | 'outcome' | 'target'> & Partial<AuditEvent>,
    { caller, requestId }: AnyAsked,
  ): Promise<void> {
    const written = { errorCode: '', ...event, actor: caller.keyId, requestId };
    const { tenantId, number, hash } = await this.trail.append(owner, written, this.clock.now());
    this.logger.info('An entry was written to the audit trail', { tenant: tenantId, number, hash });
  }
}

/** The ids among the fields of an object, and one level below: what is named `…Id` and is a text. */
function idsIn(value: unknown): Record<string, string> {
  const fields = fieldsOf(value).flatMap((field) =>
    typeof field[1] === 'object' ? [field, ...fieldsOf(field[1])] : [field],
  );
  return Object.fromEntries(
    fields.filter((field): field is [string, string] => field[0].endsWith('Id') && typeof field[1] === 'string'),
  );
}

function fieldsOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
