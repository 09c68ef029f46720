import { CalledBy, contractOf, ProcessIdentity, SilentLogger, startService } from '@holdfast/platform';
import type { ProcessSecret, RunningService } from '@holdfast/platform';
import { Controller, Module, type Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { type Handlers, type ServiceHandlers, answers } from './fake-answers.suite.js';

export type PeerName = 'auth' | 'scheduler' | 'storage' | 'restore' | 'reporting';

/** One call that a fake got. */
export interface SeenCall {
  readonly method: string;
  readonly request: Record<string, unknown>;
}

/** The five services behind the gateway, really over gRPC, with answers that a test can change. */
export interface FakeServices {
  readonly addresses: Readonly<Record<PeerName, string>>;
  /** Every call in its order; a test empties it. */
  readonly seen: SeenCall[];
  /** What each method answers; replaced by a test, and put back by {@link reset}. */
  readonly answers: ServiceHandlers;
  reset(): void;
  close(): Promise<void>;
}

const PEERS = {
  auth: ['TenantService', 'DirectoryService', 'KeyService', 'DestinationService'],
  scheduler: ['BackupSetService', 'JobService', 'LegalHoldService', 'DeletionService'],
  storage: ['VaultService', 'SnapshotService'],
  restore: ['BrowseService', 'SearchService', 'PlanService', 'ExportService'],
  reporting: ['ReportService', 'ActivityService'],
} as const satisfies Record<PeerName, readonly (keyof ServiceHandlers)[]>;

/** Starts all five on sockets in `folder`. */
export async function startFakeServices(folder: string, secret: ProcessSecret): Promise<FakeServices> {
  const seen: SeenCall[] = [];
  const current = answers();
  const running: RunningService[] = [];
  const addresses: Partial<Record<PeerName, string>> = {};
  for (const peer of Object.keys(PEERS) as PeerName[]) {
    const controllers = PEERS[peer].map((service) => fakeController(service, () => current[service], seen));
    const listen = `unix:${folder}/${peer}.sock`;
    const identity = new ProcessIdentity(peer, secret);
    running.push(
      await startService({
        name: peer,
        module: moduleOf(controllers),
        logger: new SilentLogger(),
        grpc: { listen, contracts: [contractOf(peer)], identity },
        stopWithinMs: 500,
      }),
    );
    addresses[peer] = listen;
  }
  return {
    addresses: addresses as Record<PeerName, string>,
    seen,
    answers: current,
    reset: () => {
      seen.length = 0;
      Object.assign(current, answers());
    },
    close: async () => {
      await Promise.all(running.map((service) => service.close()));
    },
  };
}

function fakeController(service: string, handlers: () => Handlers, seen: SeenCall[]): Type {
  class Fake {}
  for (const method of Object.keys(handlers())) {
    const handle = (request: Record<string, unknown>): unknown => {
      seen.push({ method, request });
      return handlers()[method]?.(request);
    };
    const descriptor = { value: handle, writable: true, configurable: true };
    Object.defineProperty(Fake.prototype, method, descriptor);
    GrpcMethod(service, method)(Fake.prototype, method, descriptor);
  }
  Controller()(Fake);
  CalledBy('gateway')(Fake);
  return Fake;
}

function moduleOf(controllers: Type[]): Type {
  class FakeModule {}
  Module({ controllers })(FakeModule);
  return FakeModule;
}
