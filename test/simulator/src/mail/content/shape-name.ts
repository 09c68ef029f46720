/** Every kind of mail that the simulator knows. */
export const SHAPE_NAMES = [
  'plain-7bit',
  'plain-quoted',
  'plain-base64',
  'plain-8bit',
  'plain-binary',
  'plain-latin1',
  'plain-cyrillic',
  'html-quoted',
  'html-base64',
  'alternative',
  'newsletter',
  'attached',
  'several-attached',
  'inline',
  'nested',
  'deep-nested',
  'reference',
  'smime-signed',
  'smime-opaque',
  'smime-encrypted',
  'meeting',
  'crowd',
  'empty',
  'no-subject',
  'zero-byte',
  'large',
  'broken-boundary',
  'broken-base64',
  'broken-charset',
  'broken-lines',
  'broken-header',
  'raw-header',
  'endless-line',
] as const;

export type ShapeName = (typeof SHAPE_NAMES)[number];

const KNOWN: ReadonlySet<unknown> = new Set(SHAPE_NAMES);

export const isShapeName = (name: unknown): name is ShapeName => KNOWN.has(name);
