/**
 * How a vault is closed. `user-password` and `custom` are opened by words that a person has chosen: the password of whoever looks after the
 * set, or a passphrase of the customer's, with 128 bits where it is asked for.
 */
export type KeyKind = 'default' | 'user-password' | 'custom' | 'off';

/** Says in a vault's header that the passphrase is a user's password: docs/format/v1.md#vault-header. A reader may ignore it. */
export const USER_PASSWORD_FEATURE = 'user-password';

export function hasPassphrase(kind: KeyKind): boolean {
  return kind === 'user-password' || kind === 'custom';
}
