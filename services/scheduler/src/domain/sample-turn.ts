import type { VaultId } from '@holdfast/kernel';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** A vault that a backup set uses. */
export interface SampledVault {
  readonly vaultId: VaultId;
  /** When the first of its sets was made, milliseconds since the epoch. */
  readonly knownSinceMs: number;
}

/**
 * The newest instant, not after `nowMs`, at which a share of the vault was to be read: once a day, at a time of day that follows from
 * the vault's id, so that the vaults of an installation take turns. Undefined on a vault's first day: all of it was just held to its hashes.
 */
export function sampleTurn({ vaultId, knownSinceMs }: SampledVault, nowMs: number): number | undefined {
  // The last 48 bits of a vault's id are random.
  const offset = Number.parseInt(vaultId.slice(-12), 16) % DAY_MS;
  const turn = Math.floor((nowMs - offset) / DAY_MS) * DAY_MS + offset;
  return turn - knownSinceMs < DAY_MS ? undefined : turn;
}
