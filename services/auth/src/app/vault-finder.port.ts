import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import type { VaultCipher } from '@holdfast/vault';

export interface NamedObject {
  readonly name: string;
  readonly content: Uint8Array;
}

/** What lies at a destination in the way of one vault, unopened. */
export interface VaultAtDestination {
  readonly prefix: string;
  readonly header: Uint8Array;
  readonly keys: readonly NamedObject[];
  readonly generations: readonly NamedObject[];
}

/** How new the newest backup of a vault is. */
export interface VaultSurvey {
  /** Milliseconds since the epoch; 0 where there is none. */
  readonly newestJobStartedAtMs: number;
  readonly resourcesLookedAt: number;
  readonly isEveryResource: boolean;
}

/** A generation that is opened in a vault that lies at its destinations. */
export interface NewGeneration {
  readonly generation: number;
  readonly note: NamedObject;
  /** Further key objects. */
  readonly objects: readonly NamedObject[];
}

/** What a destination's test found, step by step. */
export interface DestinationTest {
  readonly ok: boolean;
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[];
}

/** Has storage look at destinations. */
export abstract class VaultFinder {
  /** Tries settings and credentials, both as JSON, that a saved destination is to have; the vaults that it holds have to lie there. */
  abstract test(
    tenant: TenantId,
    destination: DestinationId,
    place: { readonly settingsJson: string; readonly credentialsJson: string },
    vaults: readonly { readonly vaultId: VaultId; readonly header: Uint8Array }[],
  ): Promise<DestinationTest>;
  /** The vaults at a destination, whoever's they are, or only one of the tenant's. */
  abstract vaultsAt(tenant: TenantId, destination: DestinationId, vault?: VaultId): AsyncIterable<VaultAtDestination>;
  abstract survey(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    keys: { readonly indexKey: Uint8Array; readonly cipher: VaultCipher },
  ): Promise<VaultSurvey>;
  /**
   * Answers what is to be told of destinations that did not answer. ALREADY_EXISTS where somebody else has opened the generation. Safe
   * to repeat.
   */
  abstract adopt(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    opened: NewGeneration,
  ): Promise<readonly string[]>;
}
