import type { PackName } from '@holdfast/kernel';
import { openSnapshotHeader } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import type { CheckScene } from './check-scene.js';
import { IndexKeys } from './index-keys.port.js';
import { type AffectedSnapshot, Integrity } from './integrity.port.js';

/** Snapshots whose headers are opened at once. */
const PAGE = 100;
/** Snapshots that are named of each pack; nearly always there is one. */
const MOST = 1_000;

/** Names the snapshots that were committed with a pack of which no good copy is left. Needs the index key alone. */
@Injectable()
export class NameAffected {
  constructor(
    private readonly integrity: Integrity,
    private readonly indexKeys: IndexKeys,
  ) {}

  async run({ tenant, vault, counts, signal }: CheckScene): Promise<void> {
    const lost = new Map<PackName, AffectedSnapshot[]>();
    for (const pack of await this.integrity.quarantined(tenant, vault)) lost.set(pack, []);
    if (lost.size === 0) return;
    const { key: indexKey, cipher } = await this.indexKeys.of(tenant, vault);
    const affected = new Set<string>();
    const page = (after: string) => this.integrity.sealedSnapshots(tenant, vault, { after, size: PAGE });
    for (let some = await page(''); some.length > 0; some = await page(some.at(-1)?.snapshotId ?? '')) {
      signal.throwIfAborted();
      for (const { sealed, ...snapshot } of some)
        for (const pack of openSnapshotHeader(sealed, { cipher, indexKey }).newPacks) {
          const found = lost.get(pack);
          if (!found) continue;
          affected.add(snapshot.snapshotId);
          if (found.length < MOST) found.push(snapshot);
        }
    }
    for (const [pack, snapshots] of lost) await this.integrity.noteAffected(tenant, vault, pack, snapshots);
    counts.snapshotsAffected = affected.size;
  }
}
