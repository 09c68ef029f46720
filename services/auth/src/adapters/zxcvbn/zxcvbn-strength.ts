import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import { PassphraseStrength } from '../../app/passphrase-strength.port.js';
import type { PassphraseEstimate } from '../../domain/passphrase-verdict.js';

/** Of a longer one the beginning has to be strong enough: time grows faster than length, and nobody else is answered meanwhile. */
const JUDGED_CHARACTERS = 64;

/** Words that are obvious here. */
const OWN_WORDS = ['holdfast', 'backup', 'restore', 'vault', 'microsoft365', 'office365'];

/** By zxcvbn, which tries words, names, keyboards, dates, repetitions and known passwords as those do who guess. It asks nobody. */
export class ZxcvbnStrength extends PassphraseStrength {
  // Its words take half a second to read and some 30 MB, so they wait for the first passphrase.
  #estimator: ZxcvbnFactory | undefined;

  override estimate(passphrase: string): PassphraseEstimate {
    this.#estimator ??= new ZxcvbnFactory({
      dictionary: { ...common, ...english, own: OWN_WORDS },
      graphs: adjacencyGraphs,
      translations,
      maxLength: JUDGED_CHARACTERS,
    });
    const { score, guessesLog10, feedback } = this.#estimator.check(passphrase.normalize('NFC'));
    const advice = feedback.warning === null ? feedback.suggestions : [feedback.warning, ...feedback.suggestions];
    return { strength: score, triesLog10: guessesLog10, advice };
  }
}
