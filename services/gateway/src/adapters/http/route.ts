import { RequirePermission } from '@holdfast/platform';
import { HttpCode, RequestMapping, RequestMethod, Res } from '@nestjs/common';
import type { Response } from 'express';
import 'reflect-metadata';
import type { z } from 'zod';
import type { Caller, Permission } from '../../domain/permissions.js';
import { AskedParameter } from './asked-parameter.js';
import type { PathParams, PathParamName } from './path-params.js';

const SPEC = 'holdfast:route';

/** Every route stands below this. */
export const API_PREFIX = 'api/v1';

/** What one route is: enough to check a request, to say who may make it, and to describe it in the OpenAPI document. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below {@link API_PREFIX}, with `:name` for each parameter; the names' rules are in path-params.ts. */
  readonly path: string;
  /** `public` needs no key. */
  readonly permission: Permission | 'public';
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Absent: nothing is answered but the status. */
  readonly response?: z.ZodType;
  /** 200 when absent, 204 when there is nothing to answer. */
  readonly status?: 200 | 201 | 204;
  /** The media type when the answer is a stream; the handler then gets the response to write to. */
  readonly streams?: 'text/event-stream' | 'text/csv' | 'application/octet-stream';
  /** What the audit trail calls it. A change or a look at content has to have a name; see {@link AuditRule}. */
  readonly audit?: AuditRule;
}

export interface AuditRule {
  readonly action: string;
  /** A change is noted before and after, a look at content before. */
  readonly is: 'change' | 'content';
}

type NamesIn<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
/** A stream is written by the handler; its schema says what one event holds. */
type Answer<Spec> = Spec extends { streams: string }
  ? Promise<void>
  : Spec extends { response: infer Schema extends z.ZodType }
    ? Promise<z.input<Schema>>
    : Promise<void>;

/** A request that passed every check. */
export interface Asked<Names extends PathParamName = never, Query = undefined, Body = undefined> {
  readonly params: Pick<PathParams, Names>;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly requestId: string;
}

type AskedOf<Spec extends RouteSpec> = Asked<
  NamesIn<Spec['path']> & PathParamName,
  Parsed<Spec['query']>,
  Parsed<Spec['body']>
>;

/**
 * Declares a route, all of it: nothing else says what it accepts, answers or requires. The handler gets an {@link Asked}, and
 * the response too where the answer is a stream.
 */
export function Route<const Spec extends RouteSpec>(spec: Spec) {
  return <Handler extends (asked: AskedOf<Spec>, response: Response) => Answer<Spec>>(
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    const decorators = [
      RequestMapping({ method: RequestMethod[spec.method], path: `${API_PREFIX}/${spec.path}` }),
      HttpCode(statusOf(spec)),
      RequirePermission(spec.permission),
    ];
    for (const decorate of decorators) decorate(target, name, descriptor);
    AskedParameter()(target, name, 0);
    if (spec.streams) Res()(target, name, 1);
    if (descriptor.value) Reflect.defineMetadata(SPEC, spec, descriptor.value);
  };
}

/** The status of a success. */
export function statusOf(spec: RouteSpec): number {
  return spec.status ?? (spec.response || spec.streams ? 200 : 204);
}

/** What a handler declares; undefined for a method that is no route. */
export function specOf(handler: object): RouteSpec | undefined {
  return Reflect.getMetadata(SPEC, handler) as RouteSpec | undefined;
}

/** All routes of some controllers, in the order in which they are written. */
export function routesOf(controllers: readonly { readonly prototype: object }[]): readonly RouteSpec[] {
  return controllers.flatMap(({ prototype }) =>
    Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(({ value }: PropertyDescriptor) => {
      const spec = typeof value === 'function' ? specOf(value as object) : undefined;
      return spec ? [spec] : [];
    }),
  );
}
