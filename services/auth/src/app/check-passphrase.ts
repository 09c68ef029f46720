import { AppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { passphraseVerdict } from '../domain/passphrase-verdict.js';
import { KeyPolicy } from './key-policy.js';
import { PassphraseStrength } from './passphrase-strength.port.js';

/** Holds a passphrase that somebody has chosen against what the provider asks of it. */
@Injectable()
export class CheckPassphrase {
  constructor(
    private readonly strength: PassphraseStrength,
    private readonly policy: KeyPolicy,
  ) {}

  /** What to warn of; INVALID_ARGUMENT with the reason for one that is too easy to guess. */
  run(passphrase: string): readonly string[] {
    const verdict = passphraseVerdict(this.strength.estimate(passphrase), this.policy.leastStrength);
    if (verdict.do === 'take') return verdict.warnings;
    throw new AppError('INVALID_ARGUMENT', verdict.because, {
      context: { field: 'passphrase', rule: 'harder to guess' },
    });
  }
}
