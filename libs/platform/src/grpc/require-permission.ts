import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';

const PERMISSION = 'holdfast:permission';

/** Declares the permission that a user needs for an HTTP route, or for all routes of a controller that say nothing themselves. */
export function RequirePermission(permission: string): MethodDecorator & ClassDecorator {
  return SetMetadata(PERMISSION, permission);
}

/** The permission that a route declares, or its class; undefined when neither does: then it has to be refused. */
export function declaredPermission(controller: object, handler: object): string | undefined {
  return (Reflect.getMetadata(PERMISSION, handler) ?? Reflect.getMetadata(PERMISSION, controller)) as
    string | undefined;
}
