import { AppError } from '@holdfast/kernel';

const PAGE_SIZE = 200;
const MAX_PAGE_SIZE = 1_000;

/** Rows of a page as a request wants them. */
export function pageSizeOf({ pageSize }: { readonly pageSize: number }): number {
  const size = pageSize === 0 ? PAGE_SIZE : pageSize;
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw new AppError('INVALID_ARGUMENT', `pageSize has to be 1 to ${MAX_PAGE_SIZE}, or 0 for ${PAGE_SIZE}.`, {
    context: { field: 'pageSize', rule: `1 to ${MAX_PAGE_SIZE}` },
  });
}
