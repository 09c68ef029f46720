import { AuthModule } from '@holdfast/auth';
import { CrawlerModule } from '@holdfast/crawler';
import { GatewayModule } from '@holdfast/gateway';
import { isServiceName, listEndpoints, type Endpoint } from '@holdfast/platform';
import { ReportingModule } from '@holdfast/reporting';
import { RestoreModule } from '@holdfast/restore';
import { SchedulerModule } from '@holdfast/scheduler';
import { StorageModule } from '@holdfast/storage';
import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const modules = [
  AuthModule,
  CrawlerModule,
  GatewayModule,
  ReportingModule,
  RestoreModule,
  SchedulerModule,
  StorageModule,
] as const;
const endpoints = modules.flatMap((module) => [...listEndpoints(module)]);
const names = (some: readonly Endpoint[]) => some.map(({ controller, name }) => `${controller}: ${name}`);
const root = resolve(import.meta.dirname, '../../..');

/** `TaskService.leaseTask` for each rpc of each contract. */
function methodsOfContracts(): string[] {
  return globSync('libs/contracts/proto/holdfast/*/v1/*.proto', { cwd: root }).flatMap((path) => {
    const proto = readFileSync(resolve(root, path), 'utf8');
    return [...proto.matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, service = '', body = '']) =>
      [...body.matchAll(/^\s*rpc (\w)(\w*)\(/gm)].map(
        ([, head = '', tail = '']) => `${service}.${head.toLowerCase()}${tail}`,
      ),
    );
  });
}

describe('every endpoint of every service', () => {
  it('is looked at: no module is left out', () => {
    const files = globSync('services/*/src/*.module.ts', { cwd: root });
    expect(modules).toHaveLength(files.length);
  });

  it('is looked at: each method of each contract is answered', () => {
    const answered = new Set(endpoints.filter(({ kind }) => kind === 'grpc').map(({ name }) => name));
    const promised = methodsOfContracts();
    expect(promised.length).toBeGreaterThan(40);
    expect(promised.filter((method) => !answered.has(method))).toEqual([]);
  });

  it('declares which services may call it, if it is a gRPC method', () => {
    const open = endpoints.filter(({ kind, calledBy }) => kind === 'grpc' && !calledBy?.every(isServiceName));
    expect(names(open)).toEqual([]);
  });

  it('of the gateway declares the permission that it needs; those of other services are not for users', () => {
    const http = endpoints.filter(({ kind }) => kind === 'http');
    expect(http.length).toBeGreaterThan(40);
    const undeclared = http.filter(({ permission, name }) => permission === undefined && name.includes('/api/'));
    expect(names(undeclared)).toEqual([]);
    const own = listEndpoints(GatewayModule).filter(({ permission }) => permission === undefined);
    expect(names(own)).toEqual([]);
  });
});
