import { RestoreModule } from '@holdfast/restore';
import { CodedTree, VaultReader } from '@holdfast/vault';
import { DriveWriter, MailWriter } from '@holdfast/workloads';
import type { Traits } from '../mutation.js';
import { eachCall, listAnswer, listArgument, streamAnswer, wrapMethod } from '../seam.js';
import type { Stage } from '../stage.js';
import { providedBy, treeOf } from './classes.js';
import { digest, isBytes, namedBy, pieces, plain } from './elements.js';

interface Step {
  readonly number: number;
  readonly itemId: string;
}
type Listed = readonly [{ readonly itemId: string }, unknown];
interface Item {
  readonly itemId: string;
}

/** A step under another number, and what is to be done with its item. */
const steps: Traits<Step> = {
  ...namedBy<Step>('itemId'),
  renamed: (step) => ({ ...step, number: step.number + 100_000 }),
  crossed: (name, payload) => ({ ...payload, number: name.number, itemId: name.itemId }),
  payloadOf: (step) => JSON.stringify({ ...step, number: 0, itemId: '', bytes: 0 }, plain),
};

/** From the snapshot's listing to the item at Microsoft. */
export const restoreStages: readonly Stage[] = [
  {
    name: 'listing',
    part: 'restore',
    phase: 'restore',
    least: 8,
    open: (passage) =>
      wrapMethod(
        CodedTree.prototype,
        'scan',
        streamAnswer<Listed>(passage, (tree) => (treeOf(tree) === 'folders entry' ? listings : undefined), isListed),
      ),
  },
  {
    name: 'saved record',
    part: 'restore',
    phase: 'restore',
    least: 8,
    // A record is looked up by its item's id: there is no place for a second one.
    operations: ['drop', 'swap'],
    open: (passage) => wrapMethod(CodedTree.prototype, 'getMany', listAnswer(passage, records, recordList)),
  },
  {
    name: 'plan',
    part: 'restore',
    phase: 'restore',
    least: 4,
    open: (passage) =>
      wrapMethod(
        providedBy(RestoreModule, 'Plans'),
        'addSteps',
        listArgument(passage, 2, steps, { in: (list) => list as Step[], with: (_, list) => list }),
      ),
  },
  {
    name: 'step',
    part: 'restore',
    phase: 'restore',
    least: 2,
    open: (passage) =>
      wrapMethod(
        providedBy(RestoreModule, 'Plans'),
        'open',
        listAnswer(passage, steps, { in: (list) => list as Step[], with: (_, list) => list }),
      ),
  },
  {
    name: 'journal',
    part: 'restore',
    phase: 'restore',
    least: 2,
    open: (passage) =>
      wrapMethod(
        providedBy(RestoreModule, 'Plans'),
        'end',
        listArgument(passage, 2, ends, { in: (list) => list as End[], with: (_, list) => list }),
      ),
  },
  {
    name: 'restore read',
    part: 'restore',
    phase: 'restore',
    least: 2,
    open: (passage) =>
      wrapMethod(
        VaultReader.prototype,
        'readContent',
        streamAnswer(passage, (_, [ref]) => pieces(digest((ref as { sha256: Uint8Array }).sha256)), isBytes),
      ),
  },
  {
    name: 'restore write',
    part: 'restore',
    phase: 'restore',
    least: 2,
    open: (passage) => {
      const around = eachCall(passage, () => writes);
      const closers = [MailWriter.prototype, DriveWriter.prototype].map((writer) =>
        wrapMethod(writer, 'create', around),
      );
      return () => closers.forEach((close) => close());
    },
  },
];

const listings: Traits<Listed> = {
  nameOf: ([{ itemId }]) => itemId,
  renamed: ([key, value]) => [{ ...key, itemId: `${key.itemId}0` }, value],
  crossed: ([name], [, value]) => [name, value],
  /** All that a restore takes from an entry: whether it is a folder to go down into. */
  payloadOf: ([, value]) => String((value as { kind: string }).kind.endsWith('folder')),
};

function isListed(value: unknown): value is Listed {
  return Array.isArray(value) && value.length === 2;
}

interface Found {
  readonly at: number;
  readonly record: unknown;
}

/** Records in the order that they were asked for: one that is lost leaves its place empty. */
const records: Traits<Found> = {
  nameOf: ({ record }) => JSON.stringify(record, plain),
  renamed: (found) => ({ ...found, at: found.at + 1 }),
  crossed: ({ at }, { record }) => ({ at, record }),
  payloadOf: ({ record }) => JSON.stringify(record, plain),
};

const recordList = {
  in: (answer: unknown) => {
    const list = answer as readonly unknown[];
    const found = list.map((record, at) => ({ at, record })).filter(({ record }) => isRecord(record));
    return found.length > 0 ? found : undefined;
  },
  with: (answer: unknown, found: readonly Found[]) => {
    const list: unknown[] = (answer as readonly unknown[]).map((value) => (isRecord(value) ? undefined : value));
    for (const { at, record } of found) if (at < list.length) list[at] = record;
    return list;
  },
};

/** Folders are asked for again and again on the way to what lies in them. */
const isRecord = (value: unknown) => typeof value === 'object' && value !== null && 'content' in value;

interface End {
  readonly number: number;
}

/** Ends that are written of steps; one that comes twice is of a step that is not there. */
const ends: Traits<End> = {
  nameOf: ({ number }) => String(number),
  renamed: (end) => ({ ...end, number: end.number + 100_000 }),
  crossed: ({ number }, payload) => ({ ...payload, number }),
  payloadOf: (end) => JSON.stringify({ ...end, number: 0 }, plain),
};

const itemOf = ([item]: readonly unknown[]) => item as Item;

const writes: Traits<readonly unknown[]> = {
  nameOf: (args) => itemOf(args).itemId,
  renamed: (args) => args,
  crossed: (name, payload) => [itemOf(payload), name[1]],
  payloadOf: (args) => itemOf(args).itemId,
  cannotWait: true,
};
