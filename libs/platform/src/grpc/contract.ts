import {
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
  loadSync,
} from '@grpc/proto-loader';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ServiceName } from './services.js';

/** What a server answers: a protobuf package and the file that declares it. */
export interface Contract {
  readonly packageName: string;
  readonly protoPath: string;
}

/** The contract of one of our services, version 1. */
export function contractOf(service: ServiceName): Contract {
  const file = `holdfast/${service}/v1/${service}.proto`;
  const protoPath = createRequire(import.meta.url).resolve(`@holdfast/contracts/proto/${file}`);
  return { packageName: `holdfast.${service}.v1`, protoPath };
}

const loaded = new Map<string, PackageDefinition>();

/**
 * Loads a contract so that messages are what ts-proto's types say: int64 a number, enums numbers, defaults filled in, and an
 * absent message `undefined` (the loader alone gives `null`).
 */
export function loadContract({ protoPath }: Contract): PackageDefinition {
  const known = loaded.get(protoPath);
  if (known) return known;
  const definition = loadSync(protoPath, {
    longs: Number,
    defaults: true,
    arrays: true,
    objects: true,
    includeDirs: [join(protoPath, '..', '..', '..', '..')],
  });
  for (const service of Object.values(definition)) {
    if ('format' in service) continue;
    for (const method of Object.values(service)) replaceNulls(method);
  }
  loaded.set(protoPath, definition);
  return definition;
}

type LoadedMethod = MethodDefinition<object, object> | MessageTypeDefinition<object, object>;

function replaceNulls(method: LoadedMethod): void {
  if (!('requestDeserialize' in method)) return;
  const { requestDeserialize, responseDeserialize } = method;
  method.requestDeserialize = (bytes) => withoutNulls(requestDeserialize(bytes));
  method.responseDeserialize = (bytes) => withoutNulls(responseDeserialize(bytes));
}

function withoutNulls<T extends object>(message: T): T {
  for (const [field, value] of Object.entries(message)) {
    if (value === null) Reflect.set(message, field, undefined);
    else if (typeof value === 'object' && !ArrayBuffer.isView(value)) withoutNulls(value as object);
  }
  return message;
}
