import {
  parseDestinationCredentials,
  parseDestinationSettings,
  type DestinationCredentials,
  type DestinationSettings,
} from '@holdfast/destinations';
import { AppError, parseDestinationId, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Destinations, type DestinationRow } from './destinations.port.js';
import { SecretBox } from './secret-box.port.js';
import { Tenants } from './tenants.port.js';

export interface NewDestination {
  readonly displayName: string;
  readonly settingsJson: string;
  /** Empty for a destination without credentials. */
  readonly credentialsJson: string;
}

/** Saves destinations: settings as they are, credentials sealed. */
@Injectable()
export class KeepDestination {
  constructor(
    private readonly destinations: Destinations,
    private readonly tenants: Tenants,
    private readonly box: SecretBox,
  ) {}

  async run(tenant: TenantId, order: NewDestination): Promise<DestinationRow> {
    await this.tenants.get(tenant);
    const settings = settingsFrom(order.settingsJson);
    const credentials = credentialsFor(settings, order.credentialsJson);
    const destinationId = parseDestinationId(randomUUID());
    return this.destinations.create(
      {
        tenantId: tenant,
        destinationId,
        displayName: order.displayName.trim() || settings.kind,
        kind: settings.kind,
        settingsJson: JSON.stringify(settings),
      },
      this.seal(tenant, destinationId, credentials),
    );
  }

  seal(tenant: TenantId, destination: DestinationId, credentials: DestinationCredentials): Buffer {
    return this.box.seal(tenant, `destination/${destination}`, Buffer.from(JSON.stringify(credentials)));
  }

  /** For storage alone. */
  async withSecrets(tenant: TenantId, id: DestinationId) {
    const destination = await this.destinations.get(tenant, id);
    const sealed = await this.destinations.sealedCredentials(tenant, id);
    const credentialsJson = sealed ? this.box.open(tenant, `destination/${id}`, sealed).toString() : '';
    return { destination, credentialsJson };
  }
}

/** Credentials of the settings' kind; empty text for a kind that needs none. */
export function credentialsFor(settings: DestinationSettings, json: string): DestinationCredentials {
  const credentials = parseDestinationCredentials(json ? parseJson('credentials', json) : { kind: settings.kind });
  if (credentials.kind === settings.kind) return credentials;
  throw new AppError('INVALID_ARGUMENT', `credentials has to be of the kind ${settings.kind}.`, {
    context: { field: 'credentials.kind', rule: 'the kind of the settings' },
  });
}

export function settingsFrom(json: string): DestinationSettings {
  return parseDestinationSettings(parseJson('settings', json));
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('INVALID_ARGUMENT', `${field} has to be JSON.`, { context: { field, rule: 'JSON' } });
  }
}
