import 'reflect-metadata';
import { type Metadata } from '@grpc/grpc-js';
import { AppError, type TenantId } from '@holdfast/kernel';
import { type CanActivate, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { IncomingCall, ServiceIdentity } from './identity.js';
import type { ServiceName } from './services.js';

export const CALLED_BY = 'holdfast:called-by';

/** Declares which services may call a gRPC method, or all methods of a controller that say nothing themselves. */
export function CalledBy(...services: readonly [ServiceName, ...ServiceName[]]): MethodDecorator & ClassDecorator {
  return SetMetadata(CALLED_BY, services);
}

/** The services that a method declares, or its class; undefined when neither does. */
export function declaredCallers(controller: object, method: object): readonly ServiceName[] | undefined {
  return (Reflect.getMetadata(CALLED_BY, method) ?? Reflect.getMetadata(CALLED_BY, controller)) as
    readonly ServiceName[] | undefined;
}

const callers = new WeakMap<Metadata, string>();

/**
 * Who makes a call, as grants name their holder: a service, and behind a stroke the tenant that its certificate binds it to. Pass
 * the metadata that the method got. Proven, never what the call merely says.
 */
export function callerOf(metadata: Metadata | undefined): string {
  const caller = metadata && callers.get(metadata);
  if (!caller) throw new AppError('UNAUTHENTICATED', 'The call bears no proof of the service that makes it.');
  return caller;
}

/**
 * Refuses calls of services that the method does not name, and all calls of a method that names none. A caller that is bound to a
 * tenant may name no other, nor leave open which.
 */
export class CalledByGuard implements CanActivate {
  constructor(private readonly identity: ServiceIdentity) {}

  canActivate(context: ExecutionContext): boolean {
    const call = context.getArgByIndex<IncomingCall>(2);
    const method = `${context.getClass().name}.${context.getHandler().name}`;
    const caller = this.identity.callerOf(call);
    if (!caller)
      throw new AppError('UNAUTHENTICATED', 'The caller did not prove which service it is.', { context: { method } });
    const allowed = declaredCallers(context.getClass(), context.getHandler()) ?? [];
    if (!allowed.includes(caller))
      throw new AppError('PERMISSION_DENIED', `The service ${caller} may not call this method.`, {
        context: { method, caller },
      });
    const tenant = this.identity.boundTenantOf(call);
    if (tenant !== undefined) requireNamed(tenant, context.getArgByIndex<object>(0), method);
    callers.set(context.getArgByIndex<Metadata>(1), tenant === undefined ? caller : `${caller}/${tenant}`);
    return true;
  }
}

function requireNamed(tenant: TenantId, request: object, method: string): void {
  const { tenantId = tenant, tenantIds = [tenant] } = request as { tenantId?: string; tenantIds?: readonly string[] };
  if (tenantId === tenant && tenantIds.length === 1 && tenantIds[0] === tenant) return;
  throw new AppError('PERMISSION_DENIED', 'The caller’s certificate binds it to another tenant.', {
    context: { method },
  });
}
