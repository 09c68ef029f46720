import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { apiControllers } from './controllers.js';
import { openApiDocument } from './openapi.js';
import { Route, routesOf } from './route.js';

/** The API's own description. */
@Controller()
export class OpenApiRoutes {
  readonly #document = apiDocument();

  @Route({
    method: 'GET',
    path: 'openapi.json',
    permission: 'public',
    summary: 'This document',
    response: z.looseObject({}),
  })
  async get(): Promise<Record<string, unknown>> {
    return this.#document;
  }
}

/** The document that is served, and kept as docs/openapi.json. */
export function apiDocument(): Record<string, unknown> {
  return { ...openApiDocument(routesOf([...apiControllers, OpenApiRoutes])) };
}
