import { errorBody } from '@holdfast/contracts/api';
import { z } from 'zod';
import { PATH_PARAMS, paramNamesIn } from './path-params.js';
import { API_PREFIX, statusOf, type RouteSpec } from './route.js';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of some routes: made of their declarations alone, the same text for the same routes. */
export function openApiDocument(routes: readonly RouteSpec[]): Json {
  const components = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/${API_PREFIX}/${route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, components);
  }
  schemaOf(errorBody, 'output', components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: 'v1',
      description:
        'Microsoft 365 backup and restore. Numbers of 64 bits are JSON numbers; instants are milliseconds since the epoch. ' +
        'Fields that a request does not know are refused.',
    },
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: hf_<id>_<secret>' },
      },
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operationOf(route: RouteSpec, components: Map<string, unknown>): Json {
  const { method, permission, summary, body } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route)];
  return {
    operationId: operationIdOf(route),
    summary,
    ...(permission === 'public' ? { security: [] } : { 'x-permission': permission }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input', components) } } },
    }),
    responses: {
      [statusOf(route)]: answerOf(route, components),
      default: {
        description: 'What went wrong, and what to do',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    ...(method !== 'GET' && route.audit?.is === 'change' && { 'x-audited': route.audit.action }),
  };
}

function answerOf({ response, streams, summary }: RouteSpec, components: Map<string, unknown>): Json {
  const schema = response && schemaOf(response, 'output', components);
  if (streams === 'text/event-stream') return { description: summary, content: { [streams]: { schema } } };
  if (streams) return { description: summary, content: { [streams]: {} } };
  return { description: summary, ...(response && { content: { 'application/json': { schema } } }) };
}

function pathParameters({ path }: RouteSpec): Json[] {
  return paramNamesIn(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: plainSchema(PATH_PARAMS[name]),
  }));
}

function queryParameters({ query }: RouteSpec): Json[] {
  const rules: Readonly<Record<string, z.core.$ZodType>> = query?.shape ?? {};
  return Object.entries(rules).map(([name, rule]) => {
    const { description, ...schema } = plainSchema(rule);
    return { name, in: 'query', ...(description !== undefined && { description }), schema };
  });
}

/** `getTenantsBackupSets`: the method and the path's fixed parts, which name a route once. */
function operationIdOf({ method, path }: RouteSpec): string {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part));
  const words = parts.flatMap((part) => part.split(/[-.]/)).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return method.toLowerCase() + words.join('');
}

function plainSchema(schema: z.core.$ZodType): Record<string, unknown> {
  const { $schema: _, ...rest }: Record<string, unknown> = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** The schema with what has an id of its own moved to the document's components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Map<string, unknown>): unknown {
  const {
    $schema: _,
    $defs = {},
    ...own
  }: z.core.JSONSchema.JSONSchema = z.toJSONSchema(schema, {
    io,
    // An answer may gain fields later.
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  });
  for (const [id, definition] of Object.entries($defs)) components.set(id, withoutOwnId(refer(definition)));
  const { id } = own;
  if (id === undefined) return refer(own);
  components.set(id, withoutOwnId(refer(own)));
  return { $ref: `#/components/schemas/${id}` };
}

function withoutOwnId(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  const { id: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function refer(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(refer);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/$defs/', '#/components/schemas/')]
        : [key, refer(value)],
    ),
  );
}
