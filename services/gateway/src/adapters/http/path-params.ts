import { microsoftId, resourceId, snapshotId, uuid } from '@holdfast/contracts/api';
import {
  parseBackupSetId,
  parseDeletionId,
  parseDestinationId,
  parseJobId,
  parseLegalHoldId,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { z } from 'zod';

/** Each parameter that a path may have, under its one name. */
export const PATH_PARAMS = {
  tenantId: uuid.transform(parseTenantId),
  destinationId: uuid.transform(parseDestinationId),
  vaultId: uuid.transform(parseVaultId),
  backupSetId: uuid.transform(parseBackupSetId),
  jobId: uuid.transform(parseJobId),
  deletionId: uuid.transform(parseDeletionId),
  holdId: uuid.transform(parseLegalHoldId),
  planId: uuid,
  exportId: uuid,
  resourceId: resourceId.transform(parseResourceId),
  snapshotId: snapshotId.transform(parseSnapshotId),
  itemId: microsoftId.min(1, 'has to be given'),
  keyId: z.string().regex(/^[0-9a-f]{16}$/, 'has to be 16 hexadecimal digits in lower case'),
} as const;

export type PathParamName = keyof typeof PATH_PARAMS;
export type PathParams = { readonly [Name in PathParamName]: z.output<(typeof PATH_PARAMS)[Name]> };

/** The names in a route's path; throws at start for one that has no rule. */
export function paramNamesIn(path: string): readonly PathParamName[] {
  return [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => {
    if (isPathParam(name)) return name;
    throw new Error(`the path ${path} has a parameter without a rule: ${name}`);
  });
}

function isPathParam(name: string): name is PathParamName {
  return Object.hasOwn(PATH_PARAMS, name);
}
