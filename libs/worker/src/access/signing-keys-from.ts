import type { SigningKey } from '@holdfast/contracts/auth/v1';
import type { SigningKeys } from '@holdfast/vault';

/** Who certifies the tasks of each generation of a vault, as auth tells it. */
export function signingKeysFrom(told: readonly SigningKey[]): SigningKeys {
  return new Map(told.map(({ generation, publicKey }) => [generation, publicKey]));
}
