import { AuthModule } from '@holdfast/auth';
import { isServiceName, listEndpoints, type ServiceName } from '@holdfast/platform';
import { ReportingModule } from '@holdfast/reporting';
import { RestoreModule } from '@holdfast/restore';
import { SchedulerModule } from '@holdfast/scheduler';
import { StorageModule } from '@holdfast/storage';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** One gRPC method, as its contract and its controller tell of it. */
export interface Method {
  readonly of: ServiceName;
  /** `TaskService` */
  readonly service: string;
  /** `leaseTask` */
  readonly name: string;
  /** Fields of the request, in camel case. */
  readonly fields: readonly string[];
  readonly calledBy: readonly ServiceName[];
}

/** Every method of every contract: what is added to a contract is walked without being named here. */
export function methodsOfContracts(): readonly Method[] {
  const endpoints = [AuthModule, ReportingModule, RestoreModule, SchedulerModule, StorageModule].flatMap((module) => [
    ...listEndpoints(module),
  ]);
  const callers = new Map(endpoints.map(({ name, calledBy = [] }) => [name, calledBy.filter(isServiceName)]));
  return globSync('libs/contracts/proto/holdfast/*/v1/*.proto', { cwd: root }).flatMap((path) => {
    const proto = readFileSync(resolve(root, path), 'utf8').replaceAll(/\/\/.*$/gm, '');
    const of = path.split('/')[4] ?? '';
    if (!isServiceName(of)) return [];
    return [...proto.matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, service = '', body = '']) =>
      [...body.matchAll(/rpc (\w)(\w*)\((?:stream )?(\w+)\)/g)].map(([, head = '', tail = '', request = '']) => {
        const name = head.toLowerCase() + tail;
        return {
          of,
          service,
          name,
          fields: fieldsOf(proto, request),
          calledBy: callers.get(`${service}.${name}`) ?? [],
        };
      }),
    );
  });
}

function fieldsOf(proto: string, message: string): string[] {
  const [, body = ''] = new RegExp(`^message ${message} \\{([\\s\\S]*?)^\\}`, 'm').exec(proto) ?? [];
  return [...body.matchAll(/(\w+) = \d+/g)].map(([, field = '']) =>
    field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
}
