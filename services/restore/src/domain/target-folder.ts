const MAX_NAMES = 20;
const MAX_NAME_CHARACTERS = 200;

/** Names that no folder of a drive may have. [support: restrictions and limitations in OneDrive] */
const RESERVED = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini|~\$.*|.*_vti_.*)$/i;

/** Names of a target folder, from the top. */
export function targetNames(text: string): readonly string[] {
  const trimmed = text.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** The rule that the names of a target folder break, as what they have to be; undefined where they may be made. */
export function brokenNameRule(names: readonly string[], target: { readonly isDrive: boolean }): string | undefined {
  if (names.length > MAX_NAMES) return `at most ${MAX_NAMES} names with / between`;
  if (names.includes('')) return 'names with one / between, none of them empty';
  if (names.some((name) => name.length > MAX_NAME_CHARACTERS))
    return `names of at most ${MAX_NAME_CHARACTERS} characters`;
  if (names.some((name) => name.trim() !== name)) return 'names without a space at their start or end';
  return target.isDrive ? brokenDriveRule(names) : undefined;
}

function brokenDriveRule(names: readonly string[]): string | undefined {
  if (names.some((name) => /["*:<>?\\|]/.test(name)))
    return 'names without any of " * : < > ? \\ |, which a drive does not take';
  if (names.some((name) => name.endsWith('.'))) return 'names without a dot at their end, which a drive does not take';
  if (names.some((name) => RESERVED.test(name)) || names[0]?.toLowerCase() === 'forms')
    return 'names that a drive does not reserve: not .lock, con, prn, aux, nul, com0 to com9, lpt0 to lpt9, desktop.ini, forms at the top, nor one that begins with ~$ or has _vti_ in it';
  return undefined;
}
