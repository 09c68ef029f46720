import { isAppError, parseTenantId } from '@holdfast/kernel';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AppendToTrail } from '../../app/append-to-trail.js';
import type { TrailOwner } from '../../app/audit-trail.port.js';
import type { AuditEvent, AuditOutcome } from '../../domain/audit-entry.js';
import { askedOf } from './asked-parameter.js';
import { specOf, type Asked, type AuditRule } from './route.js';

type AnyAsked = Asked<'tenantId', Record<string, unknown> | undefined, unknown>;

/** Bears the checkpoint of the newest entry that a request wrote. */
const CHECKPOINT_HEADER = 'x-audit-checkpoint';

interface Exchange {
  readonly next: CallHandler;
  readonly response: Response;
}

/**
 * Writes the trail of what routes declare: first that it was asked, without which nothing is done; after a change, how it
 * ended. Ids only, taken from the request and the answer.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly append: AppendToTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rule = specOf(context.getHandler())?.audit;
    if (!rule) return next.handle();
    const http = context.switchToHttp();
    const asked = askedOf(http.getRequest<Request>()) as AnyAsked;
    return from(this.#run(rule, asked, { next, response: http.getResponse<Response>() }));
  }

  async #run(rule: AuditRule, asked: AnyAsked, { next, response }: Exchange): Promise<unknown> {
    const target = { ...idsIn(asked.body), ...idsIn(asked.query), ...idsIn(asked.params) };
    const owner: TrailOwner = target['tenantId'] === undefined ? 'provider' : parseTenantId(target['tenantId']);
    const note = (outcome: AuditOutcome, more: Partial<AuditEvent> = {}) =>
      this.#append(owner, { ...{ action: rule.action, outcome, target }, ...more }, { asked, response });
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

  /** Whoever asked gets a signed word that the entry is there, so that it cannot be cut off without somebody knowing. */
  async #append(
    owner: TrailOwner,
    event: Pick<AuditEvent, 'action' | 'outcome' | 'target'> & Partial<AuditEvent>,
    { asked: { caller, requestId }, response }: { readonly asked: AnyAsked; readonly response: Response },
  ): Promise<void> {
    const checkpoint = await this.append.run(owner, { errorCode: '', ...event, actor: caller.keyId, requestId });
    if (!response.headersSent) response.setHeader(CHECKPOINT_HEADER, checkpoint);
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
