import { describe, expect, it } from '@jest/globals';
import { apiControllers } from './controllers.js';
import { apiDocument } from './openapi.routes.js';
import { routesOf } from './route.js';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

const document = apiDocument();
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const operations = Object.values(paths).flatMap((path) => Object.values(path));

describe('the OpenAPI document', () => {
  it('describes every route, each under a name of its own', () => {
    expect(operations).toHaveLength(routesOf(apiControllers).length + 1);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('refers only to what it holds', () => {
    const { schemas } = document['components'] as { schemas: object };
    const text = JSON.stringify(document);
    const referred = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
    expect(referred.length).toBeGreaterThan(30);
    const held = Object.keys(schemas).map((name) => `#/components/schemas/${name}`);
    expect(referred.filter((ref) => !held.includes(ref))).toEqual([]);
  });

  it('puts the tenant first in every path that has one', () => {
    const late = Object.keys(paths).filter(
      (path) => path.includes('{tenantId}') && !path.startsWith('/api/v1/tenants/{'),
    );
    expect(late).toEqual([]);
  });

  it('names each parameter of a path', () => {
    for (const [path, methods] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods))
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(named);
    }
  });

  it('asks for a key everywhere but for itself', () => {
    const open = operations.filter(({ security }) => security?.length === 0).map(({ operationId }) => operationId);
    expect(open).toEqual(['getOpenapiJson']);
  });
});
