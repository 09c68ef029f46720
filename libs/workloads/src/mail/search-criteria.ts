import type { ItemRecord } from '@holdfast/vault';
import { z } from 'zod';

/** What a search folder shows, in the words of the Graph interface. [Graph documentation: resources/mailsearchfolder.md] */
export interface SearchCriteria {
  /** OData filter over messages. */
  readonly filterQuery: string;
  readonly includeNestedFolders: boolean;
  /** Folders that are searched, ascending: their order means nothing. */
  readonly sourceFolderIds: readonly string[];
  /** False for one that Outlook made in a way that Graph can neither make nor change. */
  readonly isSupported: boolean;
}

export const SEARCH_TYPE = '#microsoft.graph.mailSearchFolder';

/** The fields of a search folder beside those of a folder. */
export const searchFieldsSchema = z.object({
  filterQuery: z.string().nullish(),
  includeNestedFolders: z.boolean().nullish(),
  sourceFolderIds: z.array(z.string()).nullish(),
  isSupported: z.boolean().nullish(),
});

export function searchCriteria(raw: z.infer<typeof searchFieldsSchema>): SearchCriteria {
  return {
    filterQuery: raw.filterQuery ?? '',
    includeNestedFolders: raw.includeNestedFolders ?? false,
    sourceFolderIds: [...(raw.sourceFolderIds ?? [])].sort(),
    isSupported: raw.isSupported ?? true,
  };
}

/** The criteria as a create or update call takes them. [Graph documentation: api/mailsearchfolder-post.md, api/mailsearchfolder-update.md] */
export function criteriaJson({ properties }: Pick<ItemRecord, 'properties'>): Record<string, unknown> {
  const { filterQuery, includeNestedFolders, sourceFolderIds } = searchCriteria(searchFieldsSchema.parse(properties));
  return { filterQuery, includeNestedFolders, sourceFolderIds };
}
