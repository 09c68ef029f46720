import {
  openDestination,
  parseDestinationCredentials,
  parseDestinationSettings,
  type CheckReport,
} from '@holdfast/destinations';
import { AppError, Clock, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DestinationDirectory } from './destination-directory.port.js';

/** A saved destination, or settings and credentials as JSON texts. */
export type DestinationToTest =
  { readonly destinationId: DestinationId } | { readonly settingsJson: string; readonly credentialsJson: string };

/** Tries a destination and says step by step what works. */
@Injectable()
export class TestDestination {
  constructor(
    private readonly directory: DestinationDirectory,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, given: DestinationToTest): Promise<CheckReport> {
    if ('destinationId' in given) return (await this.directory.openForTest(tenant, given.destinationId)).test();
    const settings = parseDestinationSettings(parseJson('settingsJson', given.settingsJson));
    const credentials = parseDestinationCredentials(
      given.credentialsJson === '' ? { kind: settings.kind } : parseJson('credentialsJson', given.credentialsJson),
    );
    return openDestination({ settings, credentials, prefix: 'test' }, { clock: this.clock, randomBytes }).test();
  }
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('INVALID_ARGUMENT', `${field} has to be JSON.`, { context: { field, rule: 'JSON' } });
  }
}
