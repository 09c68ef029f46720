import { AppError } from '@holdfast/kernel';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { RecogniseCaller } from '../../app/recognise-caller.js';
import { isAllowed, reaches, type Caller, type Permission } from '../../domain/permissions.js';
import { keepAsked } from './asked-parameter.js';
import { InvalidRequest, problemsOf, type Problem } from './invalid-request.js';
import { paramNamesIn, PATH_PARAMS } from './path-params.js';
import { requestIdOf } from './request-id.js';
import { specOf, type RouteSpec } from './route.js';

/** Stands before every route: who calls, may they, is the tenant theirs, does the request keep the rules. In this order. */
@Injectable()
export class EdgeGuard implements CanActivate {
  constructor(private readonly recognise: RecogniseCaller) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const spec = specOf(context.getHandler());
    if (!spec) throw refused('This route declares no permission, so that nobody may use it.');
    const request = context.switchToHttp().getRequest<Request>();
    const caller = spec.permission === 'public' ? NOBODY : await this.#admit(request, spec.permission);
    const requestId = requestIdOf(context.switchToHttp().getResponse<Response>());
    keepAsked(request, { ...parse(spec, request), caller, requestId });
    return true;
  }

  async #admit(request: Request, permission: Permission): Promise<Caller> {
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const caller = await this.recognise.run(token);
    const tenant = request.params['tenantId'];
    // Whoever does not reach a tenant does not learn whether it exists, whatever else they may do.
    if (typeof tenant === 'string' && !reaches(caller, tenant))
      throw new AppError('NOT_FOUND', 'There is no such tenant.', { context: { keyId: caller.keyId } });
    if (!isAllowed(caller, permission))
      throw refused(`This needs the permission ${permission}, which the role ${caller.role} does not have.`);
    return caller;
  }
}

function refused(message: string): AppError {
  return new AppError('PERMISSION_DENIED', message);
}

/** The caller of a public route, which asks nothing about it. */
const NOBODY: Caller = { keyId: 'nobody', role: 'customer-restore-operator', tenantIds: new Set() };

function parse(spec: RouteSpec, request: Request) {
  const problems: Problem[] = [];
  const check = (schema: z.ZodType, value: unknown, where: string): unknown => {
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...problemsOf(result.error, where));
    return result.data;
  };
  const params = Object.fromEntries(
    paramNamesIn(spec.path).map((name) => [name, check(PATH_PARAMS[name], request.params[name], name)]),
  );
  if (!spec.query) problems.push(...needlessQuery(request));
  if (!spec.body) problems.push(...needlessBody(request));
  const query = spec.query && check(spec.query, request.query, 'query');
  const body = spec.body && check(spec.body, bodyOf(request), 'body');
  if (problems.length > 0) throw new InvalidRequest(problems);
  return { params, query, body };
}

function bodyOf(request: Request): unknown {
  if (request.body === undefined && hasBody(request) && !request.is('application/json'))
    throw new InvalidRequest([
      { field: 'body', rule: 'has to be JSON, with the header content-type: application/json' },
    ]);
  return request.body ?? {};
}

function needlessQuery(request: Request): readonly Problem[] {
  const rule = 'is not a field of this request; remove it';
  return Object.keys(request.query).map((field) => ({ field: field.slice(0, 100), rule }));
}

function needlessBody(request: Request): readonly Problem[] {
  // Many clients send an empty object with every POST.
  const isEmpty = JSON.stringify(request.body) === '{}';
  return hasBody(request) && !isEmpty ? [{ field: 'body', rule: 'is not taken by this request; leave it out' }] : [];
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
