import {
  openDestination,
  parseDestinationCredentials,
  parseDestinationSettings,
  type CheckedStep,
  type CheckReport,
  type Destination,
} from '@holdfast/destinations';
import { AppError, Clock, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DestinationDirectory } from './destination-directory.port.js';
import { FindHeldVaults, type HeldVault } from './find-held-vaults.js';

/** Settings and credentials as JSON texts. */
export interface UnsavedDestination {
  readonly settingsJson: string;
  readonly credentialsJson: string;
  /** The saved destination whose settings these are to become, and the vaults that may lie there. */
  readonly becomes?: { readonly destinationId: DestinationId; readonly vaults: readonly HeldVault[] };
}

/** A saved destination, or one that is not saved. */
export type DestinationToTest = { readonly destinationId: DestinationId } | UnsavedDestination;

/** Tries a destination and says step by step what works. */
@Injectable()
export class TestDestination {
  constructor(
    private readonly directory: DestinationDirectory,
    private readonly clock: Clock,
    private readonly findHeldVaults: FindHeldVaults,
  ) {}

  async run(tenant: TenantId, given: DestinationToTest): Promise<CheckReport> {
    if ('destinationId' in given) return (await this.directory.openForTest(tenant, given.destinationId)).test();
    const open = this.#opener(given);
    const report = await (await open('test')).test();
    if (!report.isUsable || !given.becomes) return report;
    const { destinationId, vaults } = given.becomes;
    return withStep(report, await this.findHeldVaults.run(tenant, destinationId, { vaults, open }));
  }

  #opener(given: UnsavedDestination): (prefix: string) => Promise<Destination> {
    const settings = parseDestinationSettings(parseJson('settingsJson', given.settingsJson));
    const credentials = parseDestinationCredentials(
      given.credentialsJson === '' ? { kind: settings.kind } : parseJson('credentialsJson', given.credentialsJson),
    );
    const around = { clock: this.clock, randomBytes };
    return (prefix) => openDestination({ settings, credentials, prefix }, around);
  }
}

function withStep({ isUsable, steps }: CheckReport, step: CheckedStep): CheckReport {
  return { isUsable: isUsable && step.outcome !== 'failed', steps: [...steps, step] };
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('INVALID_ARGUMENT', `${field} has to be JSON.`, { context: { field, rule: 'JSON' } });
  }
}
