/** Words of Graph's paths that we ask for. Whatever else stands in a path is an id or a name. */
const WORDS = new Set([
  ...['v1.0', 'beta', '$batch', '$value', 'delta'],
  ...['users', 'organization', 'subscribedSkus', 'mailboxSettings', 'userPurpose', 'drive', 'drives', 'root', 'items'],
  ...[
    'content',
    'children',
    'createUploadSession',
    'messages',
    'mailFolders',
    'childFolders',
    'attachments',
    'move',
    'copy',
  ],
]);

/** A path by which requests can be told apart and counted, without ids and names: `/v1.0/users/{id}/messages/{id}/$value`. */
export function routeOf(path: string): string {
  const [segments = ''] = path.split('?');
  const kept = segments.split('/').map((word) => (word === '' || WORDS.has(word) ? word : '{id}'));
  return kept.filter((word, at) => word !== '{id}' || kept[at - 1] !== '{id}').join('/');
}
