/** Why a passphrase is easy to guess, in a sentence for the person who chose it; undefined when nothing speaks against it. */
export function passphraseWarning(passphrase: string): string | undefined {
  const text = passphrase.normalize('NFC');
  if (text.length < 12) return 'Shorter than 12 characters: it can be guessed by trying.';
  if (new Set(text).size < 6) return 'Made of very few different characters.';
  if (/^(.{1,6})\1+$/su.test(text)) return 'A short pattern that repeats.';
  if (/^\d+$/u.test(text)) return 'Digits only: it can be guessed by trying.';
  if (COMMON.some((word) => isMostly(text.toLowerCase(), word))) return 'Built around one of the commonest passwords.';
  if (isRun(text)) return 'A run of neighbouring characters.';
  return undefined;
}

const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'qwertz',
  'letmein',
  'welcome',
  'iloveyou',
  'admin',
  '123456',
  'holdfast',
  'backup',
];

function isMostly(text: string, word: string): boolean {
  return text.includes(word) && text.length - word.length < 8;
}

function isRun(text: string): boolean {
  let steps = 0;
  for (let i = 1; i < text.length; i++) if (Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1)) === 1) steps++;
  return steps > text.length * 0.7;
}
