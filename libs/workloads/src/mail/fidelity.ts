import type { FidelityEntry } from '../fidelity.js';

/** The field that links to files in the cloud are lost from. */
export const LINKS = 'attachments[reference]';

const CREATE = 'Graph documentation, api/user-post-messages.md: the service sets it';
const entry = (field: string, happens: string, source: string): FidelityEntry => ({
  kind: 'message',
  field,
  happens,
  source,
});

/** What of a mailbox does not come back: messages are created by JSON with extended properties, saved searches by what they look for. */
export const MAIL_FIDELITY: readonly FidelityEntry[] = [
  {
    kind: 'search-folder',
    field: 'id',
    happens: 'A saved search that was gone gets another id.',
    source: 'Graph documentation, api/mailsearchfolder-post.md: the service sets it',
  },
  entry(
    'id',
    'A message that was gone gets another id; the old one is kept in the extended property HoldfastOrigin.',
    CREATE,
  ),
  entry(
    'parentFolderId',
    'A folder that was gone gets another id; its name and place are kept.',
    'Graph documentation, api/mailfolder-post-childfolders.md: the service sets the id',
  ),
  entry('changeKey', 'Is made afresh.', CREATE),
  entry('createdDateTime', 'Is the time of the restore; sent and received times are kept.', CREATE),
  entry('lastModifiedDateTime', 'Is the time of the restore.', CREATE),
  entry('conversationId', 'Is made afresh, so threads are joined by subject and references only.', CREATE),
  entry('conversationIndex', 'Is made afresh.', CREATE),
  entry(
    'singleValueExtendedProperties',
    'HoldfastOrigin is added; nobody sees it in Outlook.',
    'Graph documentation, resources/extended-properties-overview.md',
  ),
  entry(
    'internetMessageHeaders',
    'Transport headers are not set; they stay in the export as EML.',
    'Graph documentation, api/user-post-messages.md: only headers that begin with x- can be set',
  ),
  entry(
    '$value',
    'The MIME form is made afresh from the fields; the original stays in the export as EML.',
    'Graph documentation, concepts/outlook-send-mime-message.md: a message made from MIME stays a draft for ever',
  ),
  entry(
    '@odata.type',
    'A meeting request, response or cancellation becomes a plain message.',
    'Graph documentation, resources/eventmessage.md: has no create call',
  ),
  entry(
    LINKS,
    'A link to a file in the cloud is left out of the list of attachments; the report names each message that had no other attachment in sight.',
    'Graph documentation, v1.0 resources/referenceattachment.md: shows no address, which creating one asks for (msgraph-sdk-dotnet#634)',
  ),
  entry('attachments.id', 'Attachments get new ids.', 'Graph documentation, api/message-post-attachments.md'),
  entry(
    'attachments.lastModifiedDateTime',
    'Is the time of the restore.',
    'Graph documentation, api/message-post-attachments.md',
  ),
];
