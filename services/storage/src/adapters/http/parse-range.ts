import type { ByteRange } from '@holdfast/destinations';
import { AppError } from '@holdfast/kernel';

/** One range with both ends (`bytes=0-99`), as readers of packs ask; undefined without the header. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const offset = Number(first);
  const length = Number(last) - offset + 1;
  if (first !== '' && length >= 1) return { offset, length };
  throw new AppError('INVALID_ARGUMENT', 'The Range header has to name one range with both ends, such as bytes=0-99.', {
    context: { field: 'Range' },
  });
}
