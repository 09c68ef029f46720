import { ApiError } from './api-error.js';
import type { SimTenant, SimUser } from './tenant.js';

/** The user that a directory path names; 404 Request_ResourceNotFound otherwise (docs: graph/resource-errors). */
export function requireUser(tenant: SimTenant, idOrName: string): SimUser {
  const user = tenant.findUser(idOrName);
  if (user) return user;
  const message = `Resource '${idOrName}' does not exist or one of its queried reference-property objects are not present.`;
  throw new ApiError(404, 'Request_ResourceNotFound', message);
}

/** The user whose mailbox an Outlook path names; 404 ErrorInvalidUser or MailboxNotEnabledForRESTAPI otherwise. */
export function requireMailboxUser(tenant: SimTenant, idOrName: string): SimUser {
  const user = tenant.findUser(idOrName);
  if (!user) throw new ApiError(404, 'ErrorInvalidUser', `The requested user '${idOrName}' is invalid.`);
  if (user.hasMailbox) return user;
  const message = 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.';
  throw new ApiError(404, 'MailboxNotEnabledForRESTAPI', message);
}

/** The user whose OneDrive a path names; 404 itemNotFound "User's mysite not found." where there is none. */
export function requireDriveUser(tenant: SimTenant, idOrName: string): SimUser {
  const user = requireUser(tenant, idOrName);
  if (user.hasDrive) return user;
  throw new ApiError(404, 'itemNotFound', "User's mysite not found.");
}
