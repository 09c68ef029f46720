/**
 * What a job does. Those after the third keep a vault in order: they read nothing of Microsoft's. Nor does a rewriting, which makes the
 * snapshots of one resource anew without items that are to be deleted.
 */
export type JobKind = 'backup' | 'restore' | 'rewriting' | 'retention' | 'freeing' | 'rebuild' | 'check' | 'deletion';
