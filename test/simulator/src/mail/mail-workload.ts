import { ApiError } from '../core/api-error.js';
import type { SimTenant } from '../core/tenant.js';
import type { SimWorkload, Usage } from '../core/workload.js';
import { destroyMailbox } from './control/destroy.js';
import { dumpMailbox } from './control/dump.js';
import { liveOnce } from './control/live.js';
import { mutateMailbox } from './control/mutate.js';
import { renderMime } from './mime/render.js';
import type { Mailbox } from './model/mailbox.js';
import { addMailbox, forgetMailbox, openMailbox } from './model/mailbox-shelf.js';
import { attachmentRoutes } from './routes/attachment-routes.js';
import { folderDeltaRoute } from './routes/folder-delta.js';
import { folderRoutes } from './routes/folder-routes.js';
import { messageDeltaRoute } from './routes/message-delta.js';
import { messageRoutes } from './routes/message-routes.js';
import { messageWriteRoutes } from './routes/message-write-routes.js';
import { translateRoute } from './routes/translate-route.js';
import { uploadSessionRoutes } from './routes/upload-session-routes.js';

function requireMailbox(tenant: SimTenant, userId: string): Mailbox {
  const mailbox = openMailbox(tenant, userId);
  if (!mailbox) throw new ApiError(400, 'BadRequest', `The user '${userId}' has no mailbox.`);
  return mailbox;
}

function usageOf(mailbox: Mailbox): Usage {
  let items = 0;
  let bytes = 0;
  for (const item of mailbox.items()) {
    items += 1;
    for (const piece of renderMime(mailbox.letterOf(item))) bytes += piece.byteLength;
  }
  return { items, bytes };
}

/** Exchange Online's mail, as Graph v1.0 shows it. */
export const mailWorkload: SimWorkload = {
  name: 'mail',
  routes: [
    ...folderRoutes,
    folderDeltaRoute,
    messageDeltaRoute,
    ...messageRoutes,
    ...messageWriteRoutes,
    ...attachmentRoutes,
    ...uploadSessionRoutes,
    translateRoute,
  ],
  addUser: (tenant, user, population) => {
    if (user.hasMailbox) addMailbox(tenant, user, population);
  },
  removeUser: forgetMailbox,
  mutate: async (tenant, op) => {
    const user = tenant.findUser(String(op.user));
    if (!user) throw new ApiError(400, 'BadRequest', `There is no user '${String(op.user)}'.`);
    return mutateMailbox(requireMailbox(tenant, user.id), op);
  },
  live: (tenant, user, rng) => liveOnce(requireMailbox(tenant, user.id), rng),
  destroy: (tenant, user, rng, share) => destroyMailbox(requireMailbox(tenant, user.id), rng, share),
  usage: (tenant, userId) => {
    const mailbox = openMailbox(tenant, userId);
    return mailbox && usageOf(mailbox);
  },
  dump: dumpMailbox,
};
