import { Clock, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { describeLockFailure } from '../domain/describe-lock-failure.js';
import { ObjectLocks } from './object-locks.port.js';
import { ObjectPlaces } from './object-places.port.js';

/** What whoever looks after a vault has to know now: the same sentences while nothing but time goes by, so that they are told once. */
@Injectable()
export class WarningsOfVault {
  constructor(
    private readonly locks: ObjectLocks,
    private readonly places: ObjectPlaces,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, vault: VaultId): Promise<readonly string[]> {
    const now = this.clock.now();
    const failures = await this.locks.failures(tenant, vault, now);
    const away = await this.places.awaitedOf(tenant, vault);
    return [...failures.map((failure) => describeLockFailure(failure, now)), ...away.map(describeAway)];
  }
}

const describeAway = (destination: DestinationId) =>
  `Destination ${destination} did not answer when what the vault holds was to be copied there. That is done by itself when it answers again; \`holdfast set destinations\` shows what it lacks, \`holdfast destination test ${destination}\` why it does not answer.`;
