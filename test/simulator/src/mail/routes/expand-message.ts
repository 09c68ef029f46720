import { ApiError } from '../../core/api-error.js';
import type { Expand } from '../../core/odata.js';
import { EXPANDED_ITEM_ATTACHMENTS } from '../switches.js';
import { attachmentJson } from './attachment-json.js';
import type { MessageView } from './message-json.js';
import { requireReadable } from './open.js';
import { expandedPropertyIds, isPropertyExpand, messageProperties } from './property-json.js';

export const isItemExpand = ({ name }: Expand): boolean => name.toLowerCase() === 'microsoft.graph.itemattachment/item';

/** Adds what `$expand` asks for to a message: attachments, or extended properties by id. */
export function expandMessage(view: MessageView, expand: readonly Expand[], json: Record<string, unknown>): void {
  for (const asked of expand) {
    if (asked.name.toLowerCase() === 'attachments') json.attachments = attachmentsOf(view, asked);
    else if (isPropertyExpand(asked)) {
      const found = messageProperties(view, expandedPropertyIds(asked));
      if (found.length > 0) json.singleValueExtendedProperties = found;
    } else {
      throw new ApiError(
        400,
        'BadRequest',
        `Could not find a property named '${asked.name}' on type 'microsoft.graph.message'.`,
      );
    }
  }
}

function attachmentsOf(view: MessageView, { options }: Expand): object[] {
  requireReadable(view.item);
  return view.letter.attachments.map((attachment) =>
    attachmentJson({
      attachment,
      messageId: view.id,
      modifiedAt: view.item.modifiedAt,
      withContent: !options.select || options.select.some((name) => name.endsWith('contentBytes')),
      withItem: options.expand.some(isItemExpand),
      withItemAttachments: view.mailbox.switches.get(EXPANDED_ITEM_ATTACHMENTS),
    }),
  );
}
