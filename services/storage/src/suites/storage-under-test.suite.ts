import type {
  ChunkServiceController,
  PackServiceController,
  SnapshotServiceController,
  VaultServiceController,
} from '@holdfast/contracts/storage/v1';
import { type Destination, openDestination, type OpenOptions } from '@holdfast/destinations';
import {
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseSnapshotId,
  parseTaskId,
  parseVaultId,
  SystemClock,
  type DestinationId,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import {
  connectGrpc,
  contractOf,
  Database,
  EventBus,
  GrantChecker,
  InProcessEventBus,
  ProcessIdentity,
  ProcessSecret,
  publicJwk,
  Secret,
  signGrant,
  SilentLogger,
  startService,
  type GrpcConnection,
  type RunningService,
} from '@holdfast/platform';
import {
  deriveVaultKeys,
  emptyLedger,
  issueTaskCertificate,
  keyIdOf,
  newRootKey,
  sealSnapshot,
  SigningKey,
  type SnapshotHeader,
} from '@holdfast/vault';
import { TaskDesk } from '@holdfast/worker';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HousekeepingLimits } from '../adapters/bus/housekeeping-ready.consumer.js';
import { JwtOwnPlaces } from '../adapters/jose/jwt-own-places.js';
import { ours, type StorageTables } from '../adapters/postgres/test-database.suite.js';
import { CatchUpInterval } from '../app/copy-due-objects.js';
import { CopyPauses } from '../app/object-places.port.js';
import { DestinationDirectory } from '../app/destination-directory.port.js';
import { DestinationPatience } from '../app/destination-health.js';
import { FreeingRests } from '../app/freeing-rests.js';
import { FreeingTermsSource } from '../app/freeing-terms.port.js';
import { HistoryKeeper } from '../app/history-keeper.port.js';
import { IndexKeys, type VaultIndexKey } from '../app/index-keys.port.js';
import { MetadataKeys } from '../app/metadata-keys.port.js';
import { NeededIdsRoom } from '../app/needed-ids.port.js';
import { OwnPlaces } from '../app/own-places.port.js';
import { Removals } from '../app/removals.port.js';
import { RepackLimits } from '../app/repack-packs.js';
import { RetentionTermsSource } from '../app/retention-terms.port.js';
import { FilterMemory } from '../app/vault-filters.js';
import { vaultPrefix } from '../app/vault-prefix.js';
import { StorageModule } from '../storage.module.js';

/** Settings and credentials of the two destinations, in place of auth, which keeps them. */
export interface TwoDestinations {
  /** Makes both places, below the folder where they are folders. */
  make(folder: string): Promise<void>;
  of(destination: DestinationId, folder: string): Pick<OpenOptions, 'settings' | 'credentials'>;
  /** One that cannot be reached. */
  broken(folder: string): Pick<OpenOptions, 'settings' | 'credentials'>;
}

export const clock = new SystemClock();
export const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
export const resource = parseResourceId('mail.u1');
export const vault = parseVaultId(randomUUID());
export const keys = deriveVaultKeys([newRootKey(randomBytes)]);
export const inVault = { tenantId: ours, vaultId: vault };
const job = parseJobId('dddddddd-0000-4000-8000-000000000000');
const vaultSigningKey = SigningKey.fromSeed(randomBytes(32));
const schedulerKey = generateKeyPairSync('ed25519').privateKey;

/** How long a destination is waited for in these tests. */
const PATIENCE_MS = 500;

class Directory extends DestinationDirectory {
  /** Destinations that are not reached. */
  readonly down = new Set<DestinationId>();
  /** Kept open, as in the service: some have connections of their own. */
  readonly #opened = new Map<string, Destination>();

  constructor(
    private readonly two: TwoDestinations,
    private readonly folder: string,
  ) {
    super();
  }

  override async open(tenant: TenantId, of: VaultId, destination: DestinationId): Promise<Destination> {
    const isDown = this.down.has(destination);
    const key = `${tenant} ${of} ${isDown ? 'down' : destination}`;
    const place = isDown ? this.two.broken(this.folder) : this.two.of(destination, this.folder);
    const prefix = vaultPrefix(tenant, of);
    const opened = this.#opened.get(key) ?? (await openDestination({ ...place, prefix }, { clock, randomBytes }));
    this.#opened.set(key, opened);
    return opened;
  }

  override async openBelow(_: TenantId, destination: DestinationId, prefix: string): Promise<Destination> {
    return openDestination({ ...this.two.of(destination, this.folder), prefix }, { clock, randomBytes });
  }

  override openForTest(tenant: TenantId, destination: DestinationId): Promise<Destination> {
    return this.open(tenant, vault, destination);
  }
}

export class OneVaultKey extends IndexKeys {
  override async of(): Promise<VaultIndexKey> {
    const { indexKey: key, cipher } = keys;
    return {
      key,
      cipher,
      generation: 1,
      signingKeys: new Map([0, 1].map((number) => [number, vaultSigningKey.publicKey])),
    };
  }
}

/** A storage service with two destinations of one kind, and what crawlers, restores, auth and the gateway say to it. */
export class StorageUnderTest {
  folder = '';
  /** Of the grants that {@link grantOf} gives, as the next. */
  epoch = 0;
  isResumed = false;
  #service: RunningService | undefined;
  #directory: Directory | undefined;
  #connections: GrpcConnection[] = [];

  constructor(
    private readonly two: TwoDestinations,
    readonly database: () => StorageTables,
  ) {}

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
    this.#directory = new Directory(this.two, this.folder);
    await this.two.make(this.folder);
    const secret = new ProcessSecret(randomBytes);
    const ownPlaces = new JwtOwnPlaces(new Secret('test'), clock);
    const service = await startService({
      name: 'storage',
      module: StorageModule,
      logger: new SilentLogger(),
      clock,
      grpc: {
        listen: `unix:${this.folder}/storage.sock`,
        contracts: [contractOf('storage')],
        identity: new ProcessIdentity('storage', secret),
      },
      http: { listen: '127.0.0.1:0' },
      provide: [
        { provide: Database, useValue: this.database() },
        { provide: DestinationDirectory, useValue: this.#directory },
        { provide: DestinationPatience, useValue: { ms: PATIENCE_MS } },
        { provide: IndexKeys, useValue: new OneVaultKey() },
        { provide: GrantChecker, useValue: new GrantChecker(async () => [await publicJwk(schedulerKey)], clock) },
        { provide: EventBus, useValue: new InProcessEventBus({ clock, logger: new SilentLogger() }) },
        { provide: TaskDesk, useValue: { leaseNext: async () => undefined } },
        { provide: HousekeepingLimits, useValue: { tasks: 1, lookMs: 60_000 } },
        { provide: HistoryKeeper, useValue: {} },
        { provide: RetentionTermsSource, useValue: {} },
        { provide: Removals, useValue: {} },
        { provide: FreeingTermsSource, useValue: {} },
        { provide: MetadataKeys, useValue: {} },
        { provide: NeededIdsRoom, useValue: {} },
        { provide: FreeingRests, useValue: { readersMs: 0, deletionMs: 0 } },
        { provide: RepackLimits, useValue: {} },
        { provide: OwnPlaces, useValue: ownPlaces },
        { provide: CopyPauses, useValue: { firstMs: 1_000, longestMs: 300_000 } },
        { provide: CatchUpInterval, useValue: { ms: 50 } },
        { provide: FilterMemory, useValue: { bytes: 1024 * 1024 } },
      ],
    });
    ownPlaces.serveUnder(service.httpUrl);
    this.#service = service;
    this.#connections = (['crawler', 'auth', 'gateway', 'scheduler'] as const).map((name) =>
      connectGrpc({ to: 'storage', address: service.grpcAddress!, identity: new ProcessIdentity(name, secret) }),
    );
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#service?.close();
    await rm(this.folder, { recursive: true });
  }

  get directory(): Directory {
    if (!this.#directory) throw new Error('storage was not started');
    return this.#directory;
  }

  get fromCrawler(): GrpcConnection {
    return this.#connections[0]!;
  }

  packs = () => this.fromCrawler.client<PackServiceController>('PackService');
  chunks = () => this.fromCrawler.client<ChunkServiceController>('ChunkService');
  snapshots = () => this.fromCrawler.client<SnapshotServiceController>('SnapshotService');
  vaults = () => this.#connections[1]!.client<VaultServiceController>('VaultService');
  snapshotsForGateway = () => this.#connections[2]!.client<SnapshotServiceController>('SnapshotService');
  vaultsForScheduler = () => this.#connections[3]!.client<VaultServiceController>('VaultService');
  vaultsForGateway = () => this.#connections[2]!.client<VaultServiceController>('VaultService');

  async grantOf(changes: object = {}): Promise<string> {
    return signGrant(schedulerKey, {
      exp: Math.floor(clock.now() / 1_000) + 60,
      kind: 'backup',
      tenant: ours,
      set,
      vault,
      job,
      task: parseTaskId('eeeeeeee-0000-4000-8000-000000000000'),
      resource,
      lane: 'increment',
      epoch: this.epoch,
      ...(this.isResumed && { resumed: true }),
      holder: 'crawler',
      ...changes,
    });
  }

  /** A snapshot of nothing, sealed and signed as a crawler does; `lies` stand in the header, `certified` in the certificate as well. */
  sealed(
    number: number,
    parent: string,
    newPacks: readonly PackName[],
    lies: Partial<SnapshotHeader> = {},
    certified: Partial<SnapshotHeader> = {},
  ): Uint8Array {
    const common = { tenant: ours, vault, set, resource, epoch: this.epoch, generation: 1, ...certified };
    const taskKey = SigningKey.fromSeed(randomBytes(32));
    const certificate = issueTaskCertificate(
      { ...common, publicKey: taskKey.publicKey, notAfter: clock.now() + 60_000 },
      vaultSigningKey,
    );
    const now = clock.now();
    const header = {
      ...common,
      job,
      number,
      parent: parent === '' ? undefined : parseSnapshotId(parent),
      jobStartedAt: now,
      startedAt: now,
      finishedAt: now,
      timeZone: 'UTC',
      newPacks,
      certificate,
      ...lies,
    };
    const roots = { items: undefined, folders: undefined, cursors: undefined, owed: undefined, log: undefined };
    const ring = keys.ring.map(({ keyId, meta }) => ({ keyId, meta }));
    const sealing = { cipher: keys.cipher, indexKey: keys.indexKey, ring };
    return sealSnapshot({ header, body: { ...roots, ledger: emptyLedger } }, sealing, taskKey, randomBytes);
  }

  /** What a crawler asks to commit a snapshot that follows `parent`. */
  async commit(number: number, parent: string, newPacks: readonly PackName[]) {
    const sealed = Buffer.from(this.sealed(number, parent, newPacks));
    const neededPacks = idBytes(newPacks);
    return this.snapshots().commitSnapshot({
      grant: await this.grantOf(),
      sealed,
      parentSnapshotId: parent,
      neededPacks,
    });
  }

  async head() {
    const { head } = await this.snapshots().getHead({ grant: await this.grantOf() });
    return head!;
  }

  /** Lets copies that rest after a failure be made at once. */
  async hurryCopies(): Promise<void> {
    await this.database().inTenant(ours, (tx) =>
      tx
        .updateTable('copies_due')
        .set({ not_before: new Date(0) })
        .execute(),
    );
  }
}

export const idBytes = (ids: readonly string[]) => Buffer.from(ids.join(''), 'hex');

/** The header and the one wrapped key of a new vault. */
export const vaultObjects = [
  { name: 'header', content: Buffer.from('sealed header') },
  { name: `keys/${keyIdOf(newRootKey(randomBytes))}-provider`, content: Buffer.from('wrapped key') },
];

export async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = clock.now() + 30_000; clock.now() < end;) {
    if (await isTrue()) return;
    await clock.sleep(50);
  }
  throw new Error('it did not come true within thirty seconds');
}
