import {
  AppError,
  parseDestinationId,
  parseTenantId,
  parseVaultId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { newRootKey, unwrapRootKey, wrapIdOf } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { AesSecretBox } from './adapters/crypto/aes-secret-box.js';
import type { Destinations } from './app/destinations.port.js';
import type { KeyChanges } from './app/key-changes.port.js';
import { type RewrapPlace, placeFrom, placeText, RewrapSecrets } from './app/rewrap-secrets.js';
import { RewrapVault } from './app/rewrap-vault.js';
import type { Tenants } from './app/tenants.port.js';
import type { VaultWriter } from './app/vault-writer.port.js';
import type { SealedVaultRow, Vaults, VaultSecrets } from './app/vaults.port.js';

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const old = new AesSecretBox(OLD);
const id = (kind: string, n: number) => `${kind.repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}`;
const same = (one: VaultSecrets, other: VaultSecrets) => JSON.stringify(one) === JSON.stringify(other);

interface Shop {
  readonly credentials: Map<TenantId, Buffer>;
  readonly places: Map<TenantId, Map<string, Buffer>>;
  readonly vaults: Map<TenantId, Map<VaultId, { secrets: VaultSecrets; wrappedUnder: string | undefined }>>;
}

/** So many tenants with a destination and two vaults each, all of it sealed under the old key; in memory, as PostgreSQL keeps it. */
function shop(tenants: number) {
  const kept: Shop = { credentials: new Map(), places: new Map(), vaults: new Map() };
  for (let n = 0; n < tenants; n += 1) {
    const tenant = parseTenantId(id('a', n));
    kept.credentials.set(tenant, old.seal(tenant, 'credential', Buffer.from('s3cret')));
    const place = parseDestinationId(id('d', n));
    kept.places.set(tenant, new Map([[place, old.seal(tenant, `destination/${place}`, Buffer.from('{}'))]]));
    const vaults = [2 * n, 2 * n + 1].map((number) => {
      const vault = parseVaultId(id('c', number));
      const seal = (purpose: string) => old.seal(tenant, `${purpose}/${vault}`, newRootKey(randomBytes));
      const secrets = { sealedRoots: [seal('root')], sealedSigningKey: seal('signing'), sealedNextRoot: seal('root') };
      return [vault, { secrets, wrappedUnder: wrapIdOf({ kind: 'provider', key: OLD }) }] as const;
    });
    kept.vaults.set(tenant, new Map(vaults));
  }
  return kept;
}

function scene(tenants: number, box = new AesSecretBox(NEW, [OLD])) {
  const kept = shop(tenants);
  const clock = new MovableClock();
  const written = new Map<VaultId, readonly Uint8Array[]>();
  const opened: string[] = [];
  const away = new Set<VaultId>();
  const behind = <Key extends string>(after: string | undefined, keys: Iterable<Key>, size: number) =>
    [...keys].filter((key) => after === undefined || key > after).slice(0, size);
  const tenantStore = {
    sealedCredentials: async (after: string | undefined, size: number) =>
      behind(after, kept.credentials.keys(), size).map((tenantId) => ({ tenantId })),
    credential: async (tenant: TenantId) => ({ sealed: kept.credentials.get(tenant)! }),
    reseal: async (tenant: TenantId, _: Buffer, now: Buffer) => kept.credentials.set(tenant, now) === kept.credentials,
  } as unknown as Tenants;
  const destinations = {
    sealedPage: async (tenant: TenantId, after: string | undefined, size: number) =>
      behind(after, kept.places.get(tenant)!.keys(), size).map((destinationId) => ({
        destinationId,
        sealed: kept.places.get(tenant)!.get(destinationId)!,
      })),
    reseal: async (tenant: TenantId, place: string, _: Buffer, now: Buffer) => {
      kept.places.get(tenant)!.set(place, now);
      return true;
    },
  } as unknown as Destinations;
  const row = (tenant: TenantId, vault: VaultId) => kept.vaults.get(tenant)!.get(vault)!;
  const vaults = {
    sealedPage: async (tenant: TenantId, after: string | undefined, size: number) =>
      behind(after, kept.vaults.get(tenant)!.keys(), size).map(
        (vaultId) =>
          ({
            vault: { tenantId: tenant, vaultId, keyKind: 'default' },
            ...row(tenant, vaultId),
            isToDiscard: false,
          }) as unknown as SealedVaultRow,
      ),
    secrets: async (tenant: TenantId, vault: VaultId) => row(tenant, vault).secrets,
    reseal: async (tenant: TenantId, vault: VaultId, before: VaultSecrets, now: VaultSecrets) => {
      const isSame = same(row(tenant, vault).secrets, before);
      if (isSame) row(tenant, vault).secrets = now;
      return isSame;
    },
    noteWrapped: async (tenant: TenantId, vault: VaultId, under: string, ring: VaultSecrets) => {
      const isSame = same(row(tenant, vault).secrets, ring);
      if (isSame) row(tenant, vault).wrappedUnder = under;
      return isSame;
    },
    noteOpened: async (_: TenantId, vault: VaultId, actor: string, reason: string) =>
      void opened.push(`${vault} ${actor} ${reason}`),
  } as unknown as Vaults;
  let onWrite: (tenant: TenantId, vault: VaultId) => Promise<void> | void = () => undefined;
  const writer = {
    replaceKeys: async (tenant: TenantId, vault: VaultId, _: string, objects: readonly { content: Uint8Array }[]) => {
      if (away.has(vault)) throw new AppError('STORE_UNAVAILABLE', 'No destination answers.');
      written.set(
        vault,
        objects.map(({ content }) => content),
      );
      await onWrite(tenant, vault);
      return [];
    },
  } as unknown as VaultWriter;
  const busy = new Set<VaultId>();
  const changes: KeyChanges = {
    alone: (_, vault, work) =>
      busy.has(vault) ? Promise.reject(new AppError('CONFLICT', 'Another change is under way.')) : work(),
  };
  const rewrap = new RewrapSecrets(
    tenantStore,
    destinations,
    vaults,
    new RewrapVault(vaults, writer, box, changes),
    box,
    clock,
  );
  async function all(isCount = false) {
    const sum = { present: 0, rewrapped: 0, remaining: 0, lost: 0, pages: 0 };
    const messages: string[] = [];
    let next: RewrapPlace | undefined;
    do {
      const page = await rewrap.run(next, isCount, 'k1');
      for (const name of ['present', 'rewrapped', 'remaining', 'lost'] as const) sum[name] += page.counts[name];
      messages.push(...page.failures.map(({ message }) => message));
      sum.pages += 1;
      next = page.next;
    } while (next);
    return { ...sum, messages };
  }
  return { kept, clock, written, opened, away, busy, all, rewrap, onWrite: (then: typeof onWrite) => (onWrite = then) };
}

/** A tenant's credential, its destination's, and of two vaults the keys and the wraps. */
const OF_A_TENANT = 6;

describe('RewrapSecrets', () => {
  it('closes everything with the present key, page by page, and finds nothing to do the second time', async () => {
    const { all, kept, written, opened } = scene(120);
    expect(await all(true)).toMatchObject({ present: 0, remaining: 120 * OF_A_TENANT, pages: 3 });
    expect([written.size, opened.length]).toEqual([0, 0]);
    expect(await all()).toMatchObject({ rewrapped: 120 * OF_A_TENANT, remaining: 0, lost: 0, pages: 3 });
    expect([written.size, opened.length]).toEqual([240, 240]);
    expect(opened[0]).toMatch(/ k1 rewrap$/);
    for (const [first, second] of written.values())
      for (const [ordinal, content] of [first!, second!].entries())
        expect(unwrapRootKey(content, { kind: 'provider', key: NEW }).ordinal).toBe(ordinal);
    const alone = new AesSecretBox(NEW);
    for (const [tenant, sealed] of kept.credentials)
      expect(alone.open(tenant, 'credential', sealed).toString()).toBe('s3cret');
    expect(await all()).toMatchObject({ present: 120 * OF_A_TENANT, rewrapped: 0 });
    expect(opened).toHaveLength(240);
  });

  it('ends a page that took half a minute behind the vault it is at, and goes on there', async () => {
    const { all, clock, onWrite } = scene(3);
    onWrite(() => clock.advance(31_000));
    expect(await all()).toMatchObject({ rewrapped: 3 * OF_A_TENANT, pages: 7 });
  });

  it('leaves what cannot be written, names it, and goes on with the rest', async () => {
    const { all, away } = scene(2);
    away.add(parseVaultId(id('c', 1)));
    expect(await all()).toMatchObject({ rewrapped: 2 * OF_A_TENANT - 2, messages: ['No destination answers.'] });
    away.clear();
    expect(await all()).toMatchObject({ rewrapped: 1, remaining: 0, messages: [] });
  });

  it('leaves to the next run the wraps of a vault to which a root key was added meanwhile', async () => {
    const { all, kept, written, onWrite } = scene(1);
    const added = new Set<VaultId>();
    onWrite((tenant, vault) => {
      const row = kept.vaults.get(tenant)!.get(vault)!;
      if (added.has(vault)) return;
      added.add(vault);
      const { sealedRoots, sealedNextRoot, sealedSigningKey } = row.secrets;
      row.secrets = { sealedRoots: [...sealedRoots, sealedNextRoot!, sealedNextRoot!], sealedSigningKey };
    });
    expect(await all()).toMatchObject({ rewrapped: OF_A_TENANT - 2, remaining: 2 });
    expect(await all()).toMatchObject({ rewrapped: 2, remaining: 0 });
    expect([...written.values()].map((objects) => objects.length)).toEqual([3, 3]);
  });

  it('leaves to the next run a vault whose keys somebody else is changing', async () => {
    const { all, busy } = scene(1);
    busy.add(parseVaultId(id('c', 1)));
    expect(await all()).toMatchObject({ remaining: 1, messages: ['Another change is under way.'] });
    busy.clear();
    expect(await all()).toMatchObject({ rewrapped: 1, remaining: 0, messages: [] });
  });

  it('tells what opens under no key that is given, and touches none of it', async () => {
    const { all, written } = scene(1, new AesSecretBox(NEW));
    expect(await all()).toMatchObject({ lost: OF_A_TENANT, rewrapped: 0, remaining: 0 });
    expect(written.size).toBe(0);
  });
});

it('a place is its text again, and no other text is one', () => {
  const places = [undefined, { tenantId: id('a', 1) }, { tenantId: id('a', 1), vaultId: id('c', 1) }];
  for (const place of places) expect(placeFrom(placeText(place as RewrapPlace))).toEqual(place);
  expect(() => placeFrom('elsewhere')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
