import type { Destination } from '@holdfast/destinations';
import { isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { GENERATIONS_PREFIX, VAULT_HEADER_OBJECT } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import type { VaultObject } from './create-vault.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { vaultPrefix } from './vault-prefix.js';

/** What can be tried with a key of a vault that lies at a destination. */
export interface VaultAtDestination {
  readonly prefix: string;
  readonly header: Uint8Array;
  readonly keys: readonly VaultObject[];
  readonly generations: readonly VaultObject[];
}

export interface VaultsAtDestination {
  readonly vaults: readonly VaultAtDestination[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Prefixes that one page looks below. */
const A_PAGE = 25;
/** A header or a key object is smaller than this. */
const MAX_OBJECT_BYTES = 64 * 1024;
const KEYS_PREFIX = 'keys/';
/** Any prefix serves to list them all. */
const NO_VAULT = '0'.repeat(32);

/** Shows what lies at a destination in the way of vaults. It opens nothing: whose a vault is, its key tells. */
@Injectable()
export class LookForVaults {
  constructor(private readonly directory: DestinationDirectory) {}

  async run(
    tenant: TenantId,
    destination: DestinationId,
    { vault, after }: { readonly vault: VaultId | undefined; readonly after: string },
  ): Promise<VaultsAtDestination> {
    if (vault !== undefined) {
      const only = await this.#below(tenant, destination, vaultPrefix(tenant, vault));
      return { vaults: only ? [only] : [] };
    }
    const prefixes: string[] = [];
    const all = (await this.directory.openBelow(tenant, destination, NO_VAULT)).prefixes();
    for await (const prefix of all) {
      if (prefix > after) prefixes.push(prefix);
      if (prefixes.length > A_PAGE) break;
    }
    const page = prefixes.slice(0, A_PAGE);
    const found = await Promise.all(page.map((prefix) => this.#below(tenant, destination, prefix)));
    const vaults = found.filter((one) => one !== undefined);
    const last = page.at(-1);
    return prefixes.length > page.length && last !== undefined ? { vaults, next: last } : { vaults };
  }

  async #below(tenant: TenantId, id: DestinationId, prefix: string): Promise<VaultAtDestination | undefined> {
    const destination = await this.directory.openBelow(tenant, id, prefix);
    const header = await small(destination, VAULT_HEADER_OBJECT);
    if (!header) return undefined;
    const [keys, generations] = await Promise.all([
      allBelow(destination, KEYS_PREFIX),
      allBelow(destination, GENERATIONS_PREFIX),
    ]);
    return { prefix, header, keys, generations };
  }
}

async function allBelow(destination: Destination, prefix: string): Promise<readonly VaultObject[]> {
  const objects: VaultObject[] = [];
  for await (const { name } of destination.list(prefix)) {
    const content = await small(destination, name);
    if (content) objects.push({ name, content });
  }
  return objects;
}

/** Undefined where there is no such object. */
async function small(destination: Destination, name: string): Promise<Uint8Array | undefined> {
  try {
    return await buffer(await destination.get(name, { offset: 0, length: MAX_OBJECT_BYTES }));
  } catch (error) {
    if (isAppError(error, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}
