import type { PassphraseEstimate } from '../domain/passphrase-verdict.js';

/** How hard a passphrase is to guess, by what is known of how people choose them. */
export abstract class PassphraseStrength {
  abstract estimate(passphrase: string): PassphraseEstimate;
}
