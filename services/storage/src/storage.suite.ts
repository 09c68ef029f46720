import type {
  ChunkServiceController,
  PackServiceController,
  SnapshotServiceController,
  VaultServiceController,
} from '@holdfast/contracts/storage/v1';
import { type Destination, openDestination, type OpenOptions } from '@holdfast/destinations';
import {
  parseBackupSetId,
  parseChunkId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseSnapshotId,
  parseTaskId,
  parseVaultId,
  SystemClock,
  type ChunkId,
  type DestinationId,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import {
  connectGrpc,
  contractOf,
  Database,
  GrantChecker,
  type GrpcConnection,
  ProcessIdentity,
  ProcessSecret,
  publicJwk,
  type RunningService,
  Secret,
  signGrant,
  SilentLogger,
  startService,
} from '@holdfast/platform';
import {
  ChunkLookup,
  ChunkSource,
  commitOf,
  decodeTrailerEntries,
  deriveVaultKeys,
  emptyLedger,
  encodeTrailerEntries,
  issueTaskCertificate,
  keyIdOf,
  newRootKey,
  opaqueResourceId,
  openSnapshotHeader,
  PackSink,
  sealSnapshot,
  type SealedPack,
  SigningKey,
  snapshotIdOf,
  snapshotObjectName,
  VaultReader,
  VaultWriter,
} from '@holdfast/vault';
import { PlaceTransport, StorageChunkSource, StoragePackSink } from '@holdfast/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { JwtOwnPlaces } from './adapters/jose/jwt-own-places.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { FilterMemory } from './app/vault-filters.js';
import { CatchUpInterval } from './adapters/timer/catch-up.timer.js';
import { DestinationDirectory } from './app/destination-directory.port.js';
import { IndexKeys, type VaultIndexKey } from './app/index-keys.port.js';
import { OwnPlaces } from './app/own-places.port.js';
import { vaultPrefix } from './app/vault-prefix.js';
import { StorageModule } from './storage.module.js';

const clock = new SystemClock();
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const resource = parseResourceId('mail.u1');
const vault = parseVaultId(randomUUID());
const root = newRootKey(randomBytes);
const keys = deriveVaultKeys([root]);
const vaultSigningKey = SigningKey.fromSeed(randomBytes(32));
const schedulerKey = generateKeyPairSync('ed25519').privateKey;

let folder: string;
let service: RunningService;
let connection: GrpcConnection;
let fromAuth: GrpcConnection;
let fromGateway: GrpcConnection;
let epoch = 0;
let directory: Directory;

/** Settings and credentials of the two destinations, in place of auth, which keeps them. */
export interface TwoDestinations {
  /** Makes both places, below the folder where they are folders. */
  make(folder: string): Promise<void>;
  of(destination: DestinationId, folder: string): Pick<OpenOptions, 'settings' | 'credentials'>;
  /** One that cannot be reached. */
  broken(folder: string): Pick<OpenOptions, 'settings' | 'credentials'>;
}

class Directory extends DestinationDirectory {
  /** Destinations that are not reached. */
  readonly down = new Set<DestinationId>();

  constructor(private readonly two: TwoDestinations) {
    super();
  }

  override async open(tenant: TenantId, of: VaultId, destination: DestinationId): Promise<Destination> {
    const prefix = vaultPrefix(tenant, of);
    const place = this.down.has(destination) ? this.two.broken(folder) : this.two.of(destination, folder);
    return openDestination({ ...place, prefix }, { clock, randomBytes });
  }

  override openForTest(tenant: TenantId, destination: DestinationId): Promise<Destination> {
    return this.open(tenant, vault, destination);
  }
}

class OneVaultKey extends IndexKeys {
  override async of(): Promise<VaultIndexKey> {
    const { indexKey: key, cipher } = keys;
    return { key, cipher, generation: 1, signingPublicKey: vaultSigningKey.publicKey };
  }
}

async function grantOf(changes: object = {}): Promise<string> {
  return signGrant(schedulerKey, {
    exp: Math.floor(clock.now() / 1_000) + 60,
    kind: 'backup',
    tenant: ours,
    set,
    vault,
    job: parseJobId('dddddddd-0000-4000-8000-000000000000'),
    task: parseTaskId('eeeeeeee-0000-4000-8000-000000000000'),
    resource,
    lane: 'increment',
    epoch,
    holder: 'crawler',
    ...changes,
  });
}

const packs = () => connection.client<PackServiceController>('PackService');
const chunks = () => connection.client<ChunkServiceController>('ChunkService');
const snapshots = () => connection.client<SnapshotServiceController>('SnapshotService');
const vaults = () => fromAuth.client<VaultServiceController>('VaultService');
const inVault = { tenantId: ours, vaultId: vault };
const idBytes = (ids: readonly string[]) => Buffer.from(ids.join(''), 'hex');

/** What a crawler does with a sealed pack. */
class Crawler extends PackSink {
  readonly written: PackName[] = [];

  override async put(pack: SealedPack): Promise<void> {
    const grant = await grantOf();
    const name = Buffer.from(pack.name, 'hex');
    const { places } = await packs().requestPlaces({
      grant,
      packs: [{ name, bytes: pack.bytes.byteLength }],
      failedDestinationIds: [],
    });
    const { isPresent, method, url, headers, destinationId } = places[0]!;
    if (!isPresent) {
      const answer = await fetch(url, { method, headers, body: Uint8Array.from(pack.bytes) });
      expect(answer.status).toBe(200);
    }
    const { branch, bytes } = pack;
    const entries = encodeTrailerEntries(pack.entries);
    await packs().registerPacks({ grant, packs: [{ name, bytes: bytes.byteLength, branch, destinationId, entries }] });
    this.written.push(pack.name);
  }
}

class Known extends ChunkLookup {
  override async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const questions = [{ grant: await grantOf(), chunkIds: idBytes(ids) }];
    const { missingChunkIds } = await chunks().findMissing({ questions });
    const hex = Buffer.concat(missingChunkIds).toString('hex');
    return new Set(ids.filter((id) => hex.includes(id)));
  }
}

/** A pack of one new chunk, as a writer hands it on. */
async function sealedPack(): Promise<SealedPack> {
  const packs: SealedPack[] = [];
  const sink = new (class extends PackSink {
    override async put(pack: SealedPack): Promise<void> {
      packs.push({ ...pack, bytes: Uint8Array.from(pack.bytes) });
    }
  })();
  const writer = new VaultWriter({ keys, lookup: new Known(), sink, random: randomBytes });
  await writer.put('data', randomBytes(1_000));
  await writer.flush();
  writer.close();
  const [pack] = packs;
  if (!pack) throw new Error('a flushed chunk lies in a pack');
  return pack;
}

/** What a restore does to read. */
class Restore extends ChunkSource {
  override async locate(ids: readonly ChunkId[]) {
    const found = await chunks().locate({ ...inVault, chunkIds: idBytes(ids) });
    return new Map(
      found.packs.flatMap(({ pack, branch, entries }) =>
        decodeTrailerEntries(entries).map((entry) => {
          const place = {
            ...entry,
            pack: parsePackName(pack.toString('hex')),
            branch: branch === 'data' ? ('data' as const) : ('meta' as const),
          };
          return [parseChunkId(entry.chunkId), place] as const;
        }),
      ),
    );
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const { places } = await packs().requestReadPlaces({
      ...inVault,
      packs: [Buffer.from(pack, 'hex')],
      failedDestinationIds: [],
    });
    const { url, headers } = places[0]!;
    const range = `bytes=${offset}-${offset + length - 1}`;
    const answer = await fetch(url, { headers: { ...headers, range } });
    expect(answer.status).toBe(206);
    return new Uint8Array(await answer.arrayBuffer());
  }
}

function sealed(number: number, parent: string, newPacks: readonly PackName[]): Uint8Array {
  const common = { tenant: ours, vault, set, resource, epoch, generation: 1 };
  const taskKey = SigningKey.fromSeed(randomBytes(32));
  const certificate = issueTaskCertificate(
    { ...common, publicKey: taskKey.publicKey, notAfter: clock.now() + 60_000 },
    vaultSigningKey,
  );
  const header = {
    ...common,
    job: parseJobId('dddddddd-0000-4000-8000-000000000000'),
    number,
    parent: parent === '' ? undefined : parseSnapshotId(parent),
    jobStartedAt: clock.now(),
    startedAt: clock.now(),
    finishedAt: clock.now(),
    timeZone: 'UTC',
    newPacks,
    certificate,
  };
  const body = {
    items: undefined,
    folders: undefined,
    cursors: undefined,
    owed: undefined,
    log: undefined,
    ledger: emptyLedger,
  };
  const ring = keys.ring.map(({ keyId, meta }) => ({ keyId, meta }));
  return sealSnapshot({ header, body }, { cipher: keys.cipher, indexKey: keys.indexKey, ring }, taskKey, randomBytes);
}

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isTrue()) return;
    await clock.sleep(50);
  }
  throw new Error('it did not come true within five seconds');
}

/** What storage promises to auth, crawlers and restores, over gRPC and HTTP, with two destinations of one kind. */
export function describeStorage(kind: string, two: TwoDestinations): void {
  describe(`storage with ${kind}`, () => {
    const database = useStorageDatabase();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
      directory = new Directory(two);
      await two.make(folder);
      const secret = new ProcessSecret(randomBytes);
      const ownPlaces = new JwtOwnPlaces(new Secret('test'), clock);
      service = await startService({
        name: 'storage',
        module: StorageModule,
        logger: new SilentLogger(),
        clock,
        grpc: {
          listen: `unix:${folder}/storage.sock`,
          contracts: [contractOf('storage')],
          identity: new ProcessIdentity('storage', secret),
        },
        http: { listen: '127.0.0.1:0' },
        provide: [
          { provide: Database, useValue: database() },
          { provide: DestinationDirectory, useValue: directory },
          { provide: IndexKeys, useValue: new OneVaultKey() },
          { provide: GrantChecker, useValue: new GrantChecker(async () => [await publicJwk(schedulerKey)], clock) },
          { provide: OwnPlaces, useValue: ownPlaces },
          { provide: CatchUpInterval, useValue: { ms: 50 } },
          { provide: FilterMemory, useValue: { bytes: 1024 * 1024 } },
        ],
      });
      ownPlaces.serveUnder(service.httpUrl);
      const address = service.grpcAddress!;
      connection = connectGrpc({ to: 'storage', address, identity: new ProcessIdentity('crawler', secret) });
      fromAuth = connectGrpc({ to: 'storage', address, identity: new ProcessIdentity('auth', secret) });
      fromGateway = connectGrpc({ to: 'storage', address, identity: new ProcessIdentity('gateway', secret) });
    }, 60_000);

    afterAll(async () => {
      connection.close();
      fromAuth.close();
      fromGateway.close();
      await service.close();
      await rm(folder, { recursive: true });
    });

    const objects = [
      { name: 'header', content: Buffer.from('sealed header') },
      { name: `keys/${keyIdOf(root)}-provider`, content: Buffer.from('wrapped key') },
    ];

    it('writes a new vault to its first destination, twice if asked twice, and brings the other up to date', async () => {
      const request = { ...inVault, destinationIds: [near, far], objects };
      await vaults().createVault(request);
      await vaults().createVault(request);
      const [first, second] = await Promise.all([near, far].map((id) => directory.open(ours, vault, id)));
      expect(await buffer(await first!.get('header'))).toEqual(objects[0]!.content);
      await waitUntil(async () => (await Array.fromAsync(second!.list(''))).length === 2);
      expect(await buffer(await second!.get('header'))).toEqual(objects[0]!.content);
    });

    it('takes back a vault that holds nothing, and none that does', async () => {
      const unused = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      await vaults().createVault({ ...unused, destinationIds: [near], objects });
      const place = await directory.open(ours, unused.vaultId, near);
      expect(await Array.fromAsync(place.list(''))).toHaveLength(2);
      await vaults().discardVault(unused);
      await vaults().discardVault(unused);
      expect(await Array.fromAsync(place.list(''))).toEqual([]);
      await expect(
        fromGateway.client<VaultServiceController>('VaultService').getVaultStatistics(unused),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('takes what a crawler writes, gives it back to a reader, commits it and lists it', async () => {
      epoch = 5;
      const crawler = new Crawler();
      const writer = new VaultWriter({
        keys,
        lookup: new Known(),
        sink: crawler,
        random: randomBytes,
        packBytes: 1024 * 1024,
      });
      const content = randomBytes(3_000_000);
      const { ref } = await writer.writeContent([content]);
      await writer.flush();
      expect(crawler.written.length).toBeGreaterThan(2);

      const again = await writer.writeContent([content]);
      expect(again.stats.newChunks).toBe(0);
      writer.close();

      const first = sealed(1, '', crawler.written);
      const grant = await grantOf();
      const commit = { grant, sealed: Buffer.from(first), parentSnapshotId: '', neededPacks: idBytes(crawler.written) };
      const committed = await snapshots().commitSnapshot(commit);
      expect(committed).toMatchObject({ ...inVault, snapshotId: snapshotIdOf(first), number: 1, parentSnapshotId: '' });
      expect(await snapshots().commitSnapshot(commit)).toEqual(committed);

      const { head } = await snapshots().getHead({ ...inVault, backupSetId: set, resourceId: resource });
      expect(head?.sealed).toEqual(Buffer.from(first));
      const list = { ...inVault, backupSetId: '', jobId: '', resourceId: '', asOfMs: 0, pageSize: 0, pageToken: '' };
      expect((await snapshots().listSnapshots(list)).snapshots).toEqual([committed]);

      const reader = new VaultReader({ keys, source: new Restore() });
      expect((await buffer(reader.readContent(ref))).equals(content)).toBe(true);
    }, 30_000);

    it('discards no vault that holds anything', async () => {
      await expect(vaults().discardVault(inVault)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    it('counts what the vault holds, and what each destination lacks', async () => {
      const statistics = () => fromGateway.client<VaultServiceController>('VaultService').getVaultStatistics(inVault);
      await waitUntil(async () => (await statistics()).destinations.every(({ packsBehind }) => packsBehind === 0));
      const {
        packs: count,
        packsBytes,
        dataBytes,
        metaBytes,
        chunks: chunkCount,
        snapshots: visible,
        destinations,
      } = await statistics();
      expect(count).toBeGreaterThan(2);
      expect(dataBytes).toBeGreaterThan(3_000_000);
      expect(dataBytes + metaBytes).toBe(packsBytes);
      expect(chunkCount).toBeGreaterThan(2);
      expect(visible).toBe(1);
      expect(destinations).toEqual(
        [near, far].map((destinationId) => ({ destinationId, packs: count, packsBytes, packsBehind: 0 })),
      );
    });

    it('refuses a snapshot that another task has overtaken', async () => {
      const { head } = await snapshots().getHead({ ...inVault, backupSetId: set, resourceId: resource });
      const parent = head!.snapshot!.snapshotId;
      const late = {
        grant: await grantOf(),
        sealed: Buffer.from(sealed(2, parent, [])),
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      };
      epoch = 6;
      const winner = Buffer.from(sealed(2, parent, []));
      await snapshots().commitSnapshot({
        grant: await grantOf(),
        sealed: winner,
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      });
      await expect(snapshots().commitSnapshot(late)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
      const loser = {
        grant: await grantOf(),
        sealed: Buffer.from(sealed(2, parent, [])),
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      };
      await expect(snapshots().commitSnapshot(loser)).rejects.toMatchObject({ code: 'COMMIT_REFUSED' });
    });

    it('finishes the head that a lost storage had stored and not yet put', async () => {
      const before = await snapshots().getHead({ ...inVault, backupSetId: set, resourceId: resource });
      const { snapshotId, number } = before.head!.snapshot!;
      const object = sealed(number + 1, snapshotId, []);
      const header = openSnapshotHeader(object, { cipher: keys.cipher, indexKey: keys.indexKey });
      const objectName = snapshotObjectName(opaqueResourceId(ours, set, resource, keys.indexKey), 1, number + 1);
      const stored = { header, sealed: object, objectName, vaultGeneration: 1 };
      await new PostgresSnapshots(database()).decide(ours, commitOf(snapshotIdOf(object), header), stored);
      const { head } = await snapshots().getHead({ ...inVault, backupSetId: set, resourceId: resource });
      expect(head!.snapshot).toMatchObject({ snapshotId: snapshotIdOf(object), number: number + 1 });
      expect(head!.snapshot!.committedAtMs).toBeGreaterThan(0);
      expect(await buffer(await (await directory.open(ours, vault, near)).get(objectName))).toEqual(
        Buffer.from(object),
      );
    });

    it('takes a pack again that it has, as a crawler does that missed the answer', async () => {
      const crawler = new Crawler();
      const pack = await sealedPack();
      await crawler.put(pack);
      await crawler.put(pack);
      expect(await new Known().findMissing(pack.entries.map(({ chunkId }) => chunkId))).toEqual(new Set());
    });

    it('refuses entries that the pack itself denies', async () => {
      const pack = await sealedPack();
      await new Crawler().put(pack);
      const { name, bytes, branch, entries } = pack;
      const lie = encodeTrailerEntries(entries.map((entry) => ({ ...entry, chunkId: parseChunkId('ab'.repeat(32)) })));
      const claimed = {
        name: Buffer.from(name, 'hex'),
        bytes: bytes.byteLength,
        branch,
        destinationId: near,
        entries: lie,
      };
      const register = packs().registerPacks({ grant: await grantOf(), packs: [claimed] });
      await expect(register).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    describe('a place', () => {
      const bytes = Uint8Array.from(randomBytes(500));
      const name = createHash('sha256').update(bytes).digest();
      const hex = name.toString('hex');
      const ask = async () =>
        (
          await packs().requestPlaces({
            grant: await grantOf(),
            packs: [{ name, bytes: 500 }],
            failedDestinationIds: [],
          })
        ).places[0]!;
      const send = async (body: Uint8Array<ArrayBuffer>, changes: object = {}) => {
        const { method, url, headers } = { ...(await ask()), ...changes };
        const { 'content-length': _, ...rest } = headers as Record<string, string>;
        return (await fetch(url, { method, headers: rest, body })).status;
      };

      it('take the announced bytes once, and no others', async () => {
        expect(await send(Uint8Array.from(randomBytes(500)))).toBe(400);
        expect(await send(bytes.slice(1))).toBeGreaterThanOrEqual(400);
        expect(await send(bytes, { headers: {} })).toBe(403);
        const { url } = await ask();
        expect(await send(bytes, { url: url.replace(/.{4}$/, 'abcd') })).toBe(403);
        expect(await (await directory.open(ours, vault, near)).head(`packs/${hex.slice(0, 2)}/${hex}`)).toBeUndefined();
        expect(await send(bytes)).toBe(200);
        expect(await send(bytes)).toBe(412);
      });

      it('are for one method only', async () => {
        const { url, headers } = await ask();
        expect((await fetch(url, { headers })).status).toBeGreaterThanOrEqual(400);
      });
    });

    it('answers nobody without a live grant', async () => {
      const request = { packs: [{ name: Buffer.alloc(32), bytes: 1 }], failedDestinationIds: [] };
      const refused = (grant: Promise<string>) =>
        grant.then((text) =>
          expect(packs().requestPlaces({ ...request, grant: text })).rejects.toMatchObject({ code: 'GRANT_REFUSED' }),
        );
      await refused(Promise.resolve('nonsense'));
      await refused(grantOf({ exp: 1 }));
      await refused(grantOf({ holder: 'restore' }));
      await refused(grantOf({ epoch: 1 }));
    });

    it('tests a destination in words', async () => {
      const settingsJson = JSON.stringify({ kind: 'folder', path: join(folder, 'nowhere') });
      const request = { tenantId: ours, settingsJson, credentialsJson: '', destinationId: '' };
      const { ok, steps } = await vaults().testDestination(request);
      expect(ok).toBe(false);
      expect(steps[0]).toMatchObject({ name: 'folder', ok: false });
      expect(
        await vaults()
          .testDestination({ ...request, settingsJson: '{"kind":"tape"}' })
          .catch((error: unknown) => error),
      ).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    });

    it('goes on at the next destination while one fails, and catches that up later', async () => {
      const transport = new PlaceTransport();
      epoch = 7;
      const sink = new StoragePackSink(connection, { grant: await grantOf() }, transport, clock);
      const written: PackName[] = [];
      const noting = new (class extends PackSink {
        override async put(pack: SealedPack): Promise<void> {
          await sink.put(pack);
          written.push(pack.name);
        }
      })();
      const writer = new VaultWriter({ keys, lookup: new Known(), sink: noting, random: randomBytes });
      const content = randomBytes(200_000);
      const isRead = async (ref: Awaited<ReturnType<typeof writer.writeContent>>['ref']) => {
        const source = new StorageChunkSource(connection, inVault, transport, clock);
        return (await buffer(new VaultReader({ keys, source }).readContent(ref))).equals(content);
      };
      const statistics = () => fromGateway.client<VaultServiceController>('VaultService').getVaultStatistics(inVault);
      const { head } = await snapshots().getHead({ ...inVault, backupSetId: set, resourceId: resource });
      const { snapshotId: parent, number } = head!.snapshot!;

      directory.down.add(near);
      const { ref } = await writer.writeContent([content]);
      await writer.flush();
      writer.close();
      const object = Buffer.from(sealed(number + 1, parent, written));
      const commit = {
        grant: await grantOf(),
        sealed: object,
        parentSnapshotId: parent,
        neededPacks: idBytes(written),
      };
      expect(await snapshots().commitSnapshot(commit)).toMatchObject({ number: number + 1 });
      // Nothing new, so both destinations have all packs, and the first one would take the snapshot if it could.
      const next = Buffer.from(sealed(number + 2, snapshotIdOf(object), []));
      expect(
        await snapshots().commitSnapshot({
          ...commit,
          sealed: next,
          parentSnapshotId: snapshotIdOf(object),
          neededPacks: Buffer.alloc(0),
        }),
      ).toMatchObject({ number: number + 2 });
      expect(await isRead(ref)).toBe(true);
      expect((await statistics()).destinations[0]!.packsBehind).toBe(written.length);

      directory.down.delete(near);
      await database().inTenant(ours, (tx) =>
        tx
          .updateTable('copies_due')
          .set({ not_before: new Date(0) })
          .execute(),
      );
      await waitUntil(async () => (await statistics()).destinations[0]!.packsBehind === 0);
      directory.down.add(far);
      expect(await isRead(ref)).toBe(true);
      directory.down.add(near);
      directory.down.delete(far);
      expect(await isRead(ref)).toBe(true);
      directory.down.clear();
      await transport.close();
    }, 60_000);
  });
}
