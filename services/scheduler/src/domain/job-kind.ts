/**
 * What a job does. Those after the third keep a vault in order: they read nothing of Microsoft's. Nor does a rewriting, which makes
 * snapshots anew without items that are to be deleted, or so that others' bytes can be erased.
 */
export type JobKind = 'backup' | 'restore' | 'rewriting' | 'retention' | 'freeing' | 'rebuild' | 'check' | 'deletion';
