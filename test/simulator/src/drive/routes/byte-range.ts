import { ApiError } from '../../core/api-error.js';

/** Bytes `from` up to `to`, not included. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** One `bytes=` range of RFC 9110, 14.1; undefined without a usable header; 416 when nothing of the content is in it. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (from < to) return { from, to };
  throw new ApiError(416, 'invalidRange', 'The requested range is not satisfiable.', {
    headers: { 'Content-Range': `bytes */${size}` },
  });
}

/** A fragment's place in an upload, out of `bytes 0-327679/1000000`. */
export interface FragmentRange extends ByteRange {
  readonly total: number;
}

export function parseContentRange(header: string | undefined): FragmentRange {
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header?.trim() ?? '') ?? [];
  const range = { from: Number(first), to: Number(last) + 1, total: Number(whole) };
  if (first !== undefined && range.from < range.to && range.to <= range.total) return range;
  throw new ApiError(
    400,
    'invalidRequest',
    'The Content-Range header is missing or malformed: bytes first-last/total.',
  );
}
