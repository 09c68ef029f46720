import { z } from 'zod';
import type { ServiceName } from '../grpc/services.js';

type PeerSettings<Name extends ServiceName> = { readonly [Key in Name as `${Uppercase<Key>}_ADDRESS`]: z.ZodString };

/** Settings that say where other services are reached, e.g. STORAGE_ADDRESS; spread them into the service's schema. */
export function peerSettings<const Names extends readonly ServiceName[]>(...names: Names): PeerSettings<Names[number]> {
  const address = (name: string) =>
    z.string().min(1).describe(`Where ${name} is reached by gRPC: host:port or unix:/path`);
  const settings = names.map((name) => [`${name.toUpperCase()}_ADDRESS`, address(name)]);
  return Object.fromEntries(settings) as PeerSettings<Names[number]>;
}
