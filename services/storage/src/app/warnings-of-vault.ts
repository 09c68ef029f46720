import { Clock, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { describeLockFailure } from '../domain/describe-lock-failure.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { ObjectLocks } from './object-locks.port.js';
import { ObjectPlaces } from './object-places.port.js';
import { Vaults } from './vaults.port.js';

/** A destination that is silent for so long counts as not answering: whoever asks for warnings waits a few seconds. */
const ANSWERS_WITHIN_MS = 2_000;

export interface VaultWarnings {
  /** Locks that cannot be extended. */
  readonly locks: readonly string[];
  /** Destinations that do not answer. */
  readonly destinations: readonly string[];
}

/** What whoever looks after a vault has to know now: the same sentences while nothing but time goes by, so that they are told once. */
@Injectable()
export class WarningsOfVault {
  constructor(
    private readonly locks: ObjectLocks,
    private readonly places: ObjectPlaces,
    private readonly vaults: Vaults,
    private readonly health: DestinationHealth,
    private readonly awayPacks: FindAwayPacks,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, vault: VaultId): Promise<VaultWarnings> {
    const now = this.clock.now();
    const failures = await this.locks.failures(tenant, vault, now);
    const away = new Set(await this.places.awaitedOf(tenant, vault));
    for (const destination of await this.#silent(tenant, vault, away)) away.add(destination);
    return {
      locks: failures.map((failure) => describeLockFailure(failure, now)),
      destinations: [...away].sort().map(describeAway),
    };
  }

  /** Those of the others that failed somebody who read or wrote there lately, and do not answer when they are asked. */
  async #silent(
    tenant: TenantId,
    vault: VaultId,
    known: ReadonlySet<DestinationId>,
  ): Promise<readonly DestinationId[]> {
    const all = await this.vaults.destinationsOf(tenant, vault);
    const doubtful = all.filter((one) => !known.has(one) && this.health.failsLately(tenant, one));
    const isSilent = await Promise.all(doubtful.map((one) => this.#isSilent(tenant, vault, one)));
    return doubtful.filter((_, at) => isSilent[at]);
  }

  async #isSilent(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<boolean> {
    const isAnswered = new AbortController();
    const asked = this.awayPacks.standing(tenant, vault, destination).then((standing) => standing !== 'answers');
    const waited = this.clock.sleep(ANSWERS_WITHIN_MS, isAnswered.signal).then(
      () => true,
      () => true,
    );
    try {
      return await Promise.race([asked, waited]);
    } finally {
      isAnswered.abort();
    }
  }
}

const describeAway = (destination: DestinationId) =>
  `Destination ${destination} did not answer when the vault was to be read or written there. What it lacks is copied there by itself when it answers again; \`holdfast set destinations\` shows that, \`holdfast destination test ${destination}\` why it does not answer.`;
