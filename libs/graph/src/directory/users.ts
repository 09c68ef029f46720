import { AppError } from '@holdfast/kernel';
import { z } from 'zod';
import { IDENTITY_COST } from '../budget/buckets.js';
import type { GraphClient } from '../graph-client.js';
import { entries, parsePage } from '../paging.js';
import { parseAnswer } from '../parse-answer.js';

const userSchema = z.object({
  id: z.string().min(1),
  userPrincipalName: z.string(),
  displayName: z.string().nullish(),
  mail: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  assignedLicenses: z.array(z.object({ skuId: z.string() })).default([]),
});

/** A person or a shared mailbox's account, as the directory has it. */
export interface DirectoryUser {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly mail: string | undefined;
  readonly isEnabled: boolean;
  readonly isGuest: boolean;
  /** Ids of the licences' products; empty for shared mailboxes and unlicensed users. */
  readonly licenceSkuIds: readonly string[];
}

const SELECT = 'id,userPrincipalName,displayName,mail,accountEnabled,userType,assignedLicenses';

/** All users of the directory, by pages of 999. [Graph documentation: api/user-list.md] */
export async function* listUsers(client: GraphClient, signal?: AbortSignal): AsyncGenerator<DirectoryUser> {
  const demand = { bucket: 'identity', cost: IDENTITY_COST.users } as const;
  const request = { path: `/users?$select=${SELECT}&$top=999`, demand };
  for await (const entry of entries(client, request, signal)) yield userOf(entry);
}

/** One page of users, in the service's order; `token` is what the page before gave, empty for the first. */
export async function listUsersPage(
  client: GraphClient,
  page: { readonly size: number; readonly token: string; readonly startsWith: string },
  signal?: AbortSignal,
): Promise<{ readonly accounts: readonly DirectoryUser[]; readonly nextToken: string }> {
  const quoted = `'${encodeURIComponent(page.startsWith.replaceAll("'", "''"))}'`;
  const names = ['displayName', 'userPrincipalName', 'mail'].map((field) => `startswith(${field},${quoted})`);
  const filter = `&$filter=${names.join('%20or%20')}`;
  const first = `/users?$select=${SELECT}&$top=${page.size}${page.startsWith === '' ? '' : filter}`;
  const request = {
    path: page.token === '' ? first : linkOf(page.token),
    demand: { bucket: 'identity', cost: IDENTITY_COST.users } as const,
  };
  const { items, nextLink } = parsePage(client, await client.json(request, signal));
  return {
    accounts: items.map(userOf),
    nextToken: nextLink === undefined ? '' : Buffer.from(nextLink).toString('base64url'),
  };
}

/** Tokens pass through callers' hands: what leads anywhere but to a list of users is none of ours. */
function linkOf(token: string): string {
  const link = Buffer.from(token, 'base64url').toString();
  if (/^\/(v1\.0|beta)\/users\?[\x21-\x7e]*$/.test(link)) return link;
  throw new AppError('INVALID_ARGUMENT', 'pageToken has to be one that the previous page gave. Start without it.', {
    context: { field: 'pageToken', rule: 'has to be one that the previous page gave' },
  });
}

function userOf(entry: unknown): DirectoryUser {
  const user = parseAnswer(userSchema, entry);
  return {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    displayName: user.displayName ?? user.userPrincipalName,
    mail: user.mail ?? undefined,
    isEnabled: user.accountEnabled ?? true,
    isGuest: user.userType === 'Guest',
    licenceSkuIds: user.assignedLicenses.map((licence) => licence.skuId),
  };
}
