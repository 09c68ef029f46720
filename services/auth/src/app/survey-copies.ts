import { isAppError, type DestinationId, type TenantId } from '@holdfast/kernel';
import { deriveVaultKeys } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import type { FoundVault, LookedAt } from './find-vault.js';
import { VaultFinder, type VaultSurvey } from './vault-finder.port.js';

/** What one destination has of a vault that was found. */
export interface CopyLook {
  readonly destinationId: DestinationId;
  readonly holdsVault: boolean;
  /** Milliseconds since the epoch; 0 where it has no snapshot. */
  readonly newestJobStartedAtMs: number;
  /** Why it could not be looked at; empty where it could. */
  readonly trouble: string;
}

export interface SurveyedCopies extends VaultSurvey {
  /** In the order in which they were named. */
  readonly copies: readonly CopyLook[];
}

const NOTHING: VaultSurvey = { newestJobStartedAtMs: 0, resourcesLookedAt: 0, isEveryResource: true };

/** Says how new a vault's newest backup is at each destination, and of all: one may be behind, or show an old state. */
@Injectable()
export class SurveyCopies {
  constructor(private readonly finder: VaultFinder) {}

  async run(tenant: TenantId, found: FoundVault): Promise<SurveyedCopies> {
    let newest = NOTHING;
    const copies: CopyLook[] = [];
    for (const looked of found.lookedAt) {
      const { survey, trouble } = await this.#survey(tenant, found, looked);
      copies.push({
        destinationId: looked.destinationId,
        holdsVault: looked.holdsVault,
        newestJobStartedAtMs: survey.newestJobStartedAtMs,
        trouble,
      });
      const isNewer = survey.newestJobStartedAtMs > newest.newestJobStartedAtMs;
      if (isNewer || newest.resourcesLookedAt === 0) newest = survey;
    }
    return { ...newest, copies };
  }

  async #survey(
    tenant: TenantId,
    { vaultId, header, roots }: FoundVault,
    { destinationId, holdsVault, trouble }: LookedAt,
  ): Promise<{ readonly survey: VaultSurvey; readonly trouble: string }> {
    if (!holdsVault) return { survey: NOTHING, trouble: trouble?.message ?? '' };
    const { indexKey, cipher } = deriveVaultKeys(roots, header.cipher);
    try {
      return { survey: await this.finder.survey(tenant, vaultId, destinationId, { indexKey, cipher }), trouble: '' };
    } catch (error) {
      if (!isAppError(error, 'STORE_UNAVAILABLE') && !isAppError(error, 'STORE_DENIED')) throw error;
      return { survey: NOTHING, trouble: error.message };
    }
  }
}
