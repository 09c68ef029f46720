/** Longest path below the drive's root, decoded, and longest name, both in characters (support: restrictions and limitations in OneDrive). */
export const MAX_PATH_CHARACTERS = 400;
export const MAX_NAME_CHARACTERS = 255;

const RESERVED = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini|~\$.*|.*_vti_.*)$/i;

/** Why OneDrive refuses a name; undefined when it takes it. */
export function nameFault(name: string, isAtRoot: boolean): string | undefined {
  if (name === '') return 'The name is empty.';
  if (name.length > MAX_NAME_CHARACTERS) return `The name is longer than ${MAX_NAME_CHARACTERS} characters.`;
  if (/["*:<>?/\\|]/.test(name)) return 'The provided name cannot contain any of " * : < > ? / \\ |.';
  if (name !== name.trim() || name.endsWith('.')) return 'The name starts or ends with a space, or ends with a dot.';
  if (RESERVED.test(name) || (isAtRoot && name.toLowerCase() === 'forms')) return 'The name is reserved.';
  return undefined;
}

/** Names that give equal folded names are one name to OneDrive. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

/** `report.docx` → `report 1.docx`: how the service makes room when asked to rename. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} ${number}${name.slice(dot)}` : `${name} ${number}`;
}

const TYPES: Readonly<Record<string, string>> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  pdf: 'application/pdf',
  jpg: 'image/jpeg',
  txt: 'text/plain',
  csv: 'text/csv',
  md: 'text/markdown',
  html: 'text/html',
  zip: 'application/x-zip-compressed',
  mp4: 'video/mp4',
  one: 'application/msonenote',
  onetoc2: 'application/msonenote',
};

/** `file.mimeType` by the name's ending, as the service does. */
export function mimeTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return TYPES[ending] ?? 'application/octet-stream';
}
