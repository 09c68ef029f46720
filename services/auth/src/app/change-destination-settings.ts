import { placeOf, showsSecretsElsewhere, type DestinationSettings } from '@holdfast/destinations';
import { AppError, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Destinations, type DestinationRow, type VaultThere } from './destinations.port.js';
import { credentialsFor, KeepDestination, settingsFrom } from './keep-destination.js';
import { VaultFinder } from './vault-finder.port.js';

/** What a destination is to be. */
export interface ChangedDestination {
  /** The version that was read. */
  readonly version: number;
  readonly displayName: string;
  readonly settingsJson: string;
  /** Empty: those that are kept stay. */
  readonly credentialsJson: string;
}

/** Gives a saved destination another name, other settings or credentials, once they are seen to lead to the same objects. */
@Injectable()
export class ChangeDestinationSettings {
  constructor(
    private readonly destinations: Destinations,
    private readonly keep: KeepDestination,
    private readonly finder: VaultFinder,
  ) {}

  async run(tenant: TenantId, id: DestinationId, wanted: ChangedDestination): Promise<DestinationRow> {
    const { destination, credentialsJson: kept } = await this.keep.withSecrets(tenant, id);
    if (destination.version !== wanted.version) throw changedMeanwhile(id, wanted.version);
    const before = settingsFrom(destination.settingsJson);
    const settings = settingsFrom(wanted.settingsJson);
    demandSecrets(before, settings, wanted.credentialsJson);
    const given = wanted.credentialsJson === '' ? undefined : credentialsFor(settings, wanted.credentialsJson);
    const vaults = await this.destinations.vaultsAt(tenant, id);
    const settingsJson = JSON.stringify(settings);
    if (given || settingsJson !== JSON.stringify(before)) {
      if (vaults.length > 0) await this.#demandOtherPlaces(tenant, id, settings);
      const place = { settingsJson, credentialsJson: given ? JSON.stringify(given) : kept };
      await this.#demandSameVaults(tenant, id, place, vaults);
    }
    const read = { version: wanted.version, vaults: vaults.map(({ vaultId }) => vaultId) };
    return this.destinations.change(tenant, id, read, {
      displayName: wanted.displayName.trim() || destination.displayName,
      settingsJson,
      sealedCredentials: given && this.keep.seal(tenant, id, given),
    });
  }

  /** Two destinations at one place would count one copy twice. */
  async #demandOtherPlaces(tenant: TenantId, id: DestinationId, settings: DestinationSettings): Promise<void> {
    const place = placeOf(settings);
    if (place === undefined) return;
    for (const other of await this.destinations.list(tenant)) {
      if (other.destinationId === id || placeOf(settingsFrom(other.settingsJson)) !== place) continue;
      throw new AppError(
        'FAILED_PRECONDITION',
        `Destination ${other.destinationId} is at this place already, and one copy would count as two. Nothing was changed.`,
        { context: { destinationId: other.destinationId } },
      );
    }
  }

  async #demandSameVaults(
    tenant: TenantId,
    id: DestinationId,
    place: { readonly settingsJson: string; readonly credentialsJson: string },
    vaults: readonly VaultThere[],
  ): Promise<void> {
    const { ok, steps } = await this.finder.test(tenant, id, place, vaults);
    if (ok) return;
    const failed = steps.find((step) => !step.ok);
    throw new AppError(
      'FAILED_PRECONDITION',
      `The destination fails its test with these settings, so nothing was changed. ${failed?.name ?? 'test'}: ${failed?.message ?? 'no step was told.'}`,
      { context: { destinationId: id, step: failed?.name ?? 'none' } },
    );
  }
}

/** Kept credentials are shown to nobody new, or whoever may change a destination could have them sent to a server of his own. */
function demandSecrets(before: DestinationSettings, after: DestinationSettings, credentialsJson: string): void {
  if (before.kind !== after.kind)
    throw new AppError(
      'INVALID_ARGUMENT',
      `settings.kind has to stay ${before.kind}. Add another destination, and give it to the vault instead.`,
      { context: { field: 'settings.kind', rule: `has to stay ${before.kind}` } },
    );
  if (before.kind === 'folder' || credentialsJson !== '' || !showsSecretsElsewhere(before, after)) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    'credentials has to be given: these settings name another server, or another way to it, and what is kept is shown to no other than before.',
    { context: { field: 'credentials', rule: 'given with settings of another server' } },
  );
}

function changedMeanwhile(id: DestinationId, version: number): AppError {
  return new AppError(
    'CONFLICT',
    'The destination was changed since you read it. Read it again and repeat your change.',
    { context: { destinationId: id, version } },
  );
}
