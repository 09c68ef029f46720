import { ApiError } from '../../core/api-error.js';

const DEFAULT_PAGE = 200;
/** Larger wishes are cut: page sizes are the service's to choose (docs: graph/paging). */
const LARGEST_PAGE = 1_000;

/** Items of a page for a `$top`. */
export function pageSize(top: number | undefined): number {
  if (top === undefined) return DEFAULT_PAGE;
  if (top < 1) throw new ApiError(400, 'invalidRequest', 'Invalid page size: $top has to be at least 1.');
  return Math.min(top, LARGEST_PAGE);
}
