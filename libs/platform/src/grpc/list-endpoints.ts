import 'reflect-metadata';
import { type DynamicModule, RequestMethod, type Type } from '@nestjs/common';
import { declaredCallers } from './called-by.js';
import { declaredPermission } from './require-permission.js';

/** One gRPC method or HTTP route and what its class declares about who may use it. */
export interface Endpoint {
  readonly kind: 'grpc' | 'http';
  /** `TaskService.leaseTask`, or `GET /tenants/:tenant`. */
  readonly name: string;
  readonly controller: string;
  /** Services that may call; of a gRPC method. Undefined: nothing is declared, and every call is refused. */
  readonly calledBy: readonly string[] | undefined;
  /** Permission that the user needs; of an HTTP route. Undefined: nothing is declared. */
  readonly permission: string | undefined;
}

type ModuleLike = Type | DynamicModule;

// Nest's own keys, which its packages do not export by name.
const PATTERN = 'microservices:pattern';
const PATH = 'path';
const METHOD = 'method';

/** All endpoints of a module and of what it imports, without starting it: for the test that walks them. */
export function listEndpoints(module: ModuleLike): readonly Endpoint[] {
  return controllersOf(module, new Set()).flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      return typeof handler === 'function' && name !== 'constructor' ? endpointsOf(controller, handler) : [];
    });
  });
}

function endpointsOf(controller: Type, handler: object): readonly Endpoint[] {
  const declared = {
    controller: controller.name,
    calledBy: declaredCallers(controller, handler),
    permission: declaredPermission(controller, handler),
  };
  const patterns = (Reflect.getMetadata(PATTERN, handler) ?? []) as readonly { service?: string; rpc?: string }[];
  const grpc = patterns
    .filter((pattern) => pattern.rpc !== undefined)
    .map((pattern) => ({ kind: 'grpc' as const, name: `${pattern.service}.${pattern.rpc}`, ...declared }));
  const path = Reflect.getMetadata(PATH, handler) as string | undefined;
  if (path === undefined) return grpc;
  const prefix = Reflect.getMetadata(PATH, controller) as string | undefined;
  const verb = RequestMethod[Number(Reflect.getMetadata(METHOD, handler))] ?? 'ALL';
  const route = `/${[prefix ?? '', path]
    .map((part) => part.replaceAll(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
  return [...grpc, { kind: 'http', name: `${verb} ${route}`, ...declared }];
}

function controllersOf(module: ModuleLike, seen: Set<unknown>): readonly Type[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const base = 'module' in module ? module.module : module;
  const dynamic: Partial<DynamicModule> = 'module' in module ? module : {};
  const own = (key: string) => (Reflect.getMetadata(key, base) ?? []) as unknown[];
  const imports = [...own('imports'), ...(dynamic.imports ?? [])] as ModuleLike[];
  const controllers = [...own('controllers'), ...(dynamic.controllers ?? [])] as Type[];
  return [...controllers, ...imports.flatMap((imported) => controllersOf(imported, seen))];
}
