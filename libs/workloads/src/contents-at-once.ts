import type { Workload } from '@holdfast/kernel';

/** Contents of one resource that are read at the same time: of a mailbox Microsoft answers four requests at a time; of drives it names no number. */
export const CONTENTS_AT_ONCE: Readonly<Record<Workload, number>> = { mail: 4, drive: 8 };
