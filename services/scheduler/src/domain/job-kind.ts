/** What a job does. Those after the first two keep a vault in order: they read nothing of Microsoft's. */
export type JobKind = 'backup' | 'restore' | 'retention' | 'freeing' | 'rebuild' | 'check' | 'deletion';
