import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

const checked = new WeakMap<Request, object>();

/** Keeps what the guard made of a request for the handler and the audit. */
export function keepAsked(request: Request, asked: object): void {
  checked.set(request, asked);
}

/** What {@link keepAsked} kept; a route is never reached without it. */
export function askedOf(request: Request): object {
  const asked = checked.get(request);
  if (!asked) throw new Error('a route was reached by a request that no guard has checked');
  return asked;
}

/** Hands the checked request to the handler; `Route` applies it. */
export const AskedParameter = createParamDecorator((_: unknown, context: ExecutionContext) =>
  askedOf(context.switchToHttp().getRequest<Request>()),
);
