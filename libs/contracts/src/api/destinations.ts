import { z } from 'zod';
import { atMs, uuid } from './parts.js';

/** A destination as it is shown: without its credentials. */
export const destinationView = z
  .object({
    destinationId: uuid,
    displayName: z.string(),
    kind: z.string().describe('Kind of its settings'),
    settings: z.looseObject({ kind: z.string() }),
    createdAtMs: atMs,
    version: z.int().describe('Raised by every change'),
  })
  .meta({ id: 'Destination' });
export type DestinationView = z.infer<typeof destinationView>;
