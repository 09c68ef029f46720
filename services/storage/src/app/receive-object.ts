import { AppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { OwnPlaces } from './own-places.port.js';

/** Takes the bytes of one place and streams them on to the destination, which is held to their length and SHA-256. */
@Injectable()
export class ReceiveObject {
  constructor(
    private readonly ownPlaces: OwnPlaces,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  async run(token: string, name: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const right = await this.ownPlaces.read(token);
    if (right.method !== 'PUT' || right.address.name !== name) throw otherPlace();
    const { tenantId, vaultId, destinationId } = right.address;
    const destination = await this.directory.open(tenantId, vaultId, destinationId);
    const { terms } = right;
    await this.health.watch(tenantId, destinationId, () => destination.put(name, body, terms));
  }
}

export function otherPlace(): AppError {
  return new AppError(
    'PERMISSION_DENIED',
    'The token is for another object or another method. Ask storage for a place.',
  );
}
