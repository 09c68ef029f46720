import type { Destination } from '@holdfast/destinations';
import { isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { type HeaderKeys, openSnapshotHeader, readSnapshotName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { DestinationDirectory } from './destination-directory.port.js';

export interface VaultSurvey {
  /** Start of the newest job that left a snapshot, in milliseconds since the epoch; undefined where there is none. */
  readonly newestJobStartedAt: number | undefined;
  readonly resourcesLookedAt: number;
  /** There are no others. */
  readonly isEveryResource: boolean;
}

/** Chains whose newest snapshot is read. Their names are hashes, so the first ones are as good a sample as any. */
const CHAINS = 500;
const CONCURRENT_READS = 8;

/** Says how new a vault's newest backup is at a destination, so that an old state of the place is noticed before anything builds on it. */
@Injectable()
export class SurveyVault {
  constructor(private readonly directory: DestinationDirectory) {}

  async run(tenant: TenantId, vault: VaultId, id: DestinationId, keys: HeaderKeys): Promise<VaultSurvey> {
    const destination = await this.directory.open(tenant, vault, id);
    const { names, isEveryResource } = await newestNames(destination);
    let newest: number | undefined;
    for (let at = 0; at < names.length; at += CONCURRENT_READS) {
      const some = names.slice(at, at + CONCURRENT_READS).map((name) => startOf(destination, name, keys));
      for (const startedAt of await Promise.all(some))
        if (startedAt !== undefined) newest = Math.max(newest ?? startedAt, startedAt);
    }
    return { newestJobStartedAt: newest, resourcesLookedAt: names.length, isEveryResource };
  }
}

/** Names come sorted by chain, then by generation and number: the last of a chain is its newest. */
async function newestNames(destination: Destination) {
  const names: string[] = [];
  let last: { readonly name: string; readonly chain: string } | undefined;
  for await (const { name } of destination.list('snapshots/')) {
    const said = readSnapshotName(name);
    if (!said) continue;
    if (last && last.chain !== said.chain) names.push(last.name);
    if (names.length === CHAINS) return { names, isEveryResource: false };
    last = { name, chain: said.chain };
  }
  if (last) names.push(last.name);
  return { names, isEveryResource: true };
}

/** Undefined for a snapshot that is damaged. */
async function startOf(destination: Destination, name: string, keys: HeaderKeys): Promise<number | undefined> {
  const object = await buffer(await destination.get(name));
  try {
    return openSnapshotHeader(object, keys).jobStartedAt;
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID')) return undefined;
    throw error;
  }
}
