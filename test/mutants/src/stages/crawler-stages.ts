import { GraphClient } from '@holdfast/graph';
import { CodedTree, RunWriter, SnapshotDraft, TaskWriter } from '@holdfast/vault';
import { DriveReader, MailReader } from '@holdfast/workloads';
import type { Traits } from '../mutation.js';
import {
  eachCall,
  listAnswer,
  pagesArgument,
  type Passage,
  streamAnswer,
  streamArgument,
  wrapMethod,
} from '../seam.js';
import type { Stage } from '../stage.js';
import { treeOf } from './classes.js';
import { callsOf, isBytes, isKeyed, type Keyed, keyed, namedBy, pieces } from './elements.js';

interface Entry {
  readonly id: string;
}
/** Told in every round as they were; a mailbox's folders have a stage of their own. */
const TOLD_EACH_ROUND: ReadonlySet<unknown> = new Set(['drive-root', 'mail-folder', 'search-folder']);

/** An item that a reader tells of. */
interface Change {
  readonly type: 'item';
  readonly id: string;
}

const readers = [MailReader.prototype, DriveReader.prototype] as const;

/** From Microsoft's answer to the snapshot's trees. */
export const crawlerStages: readonly Stage[] = [
  {
    name: 'delta page',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) => wrapMethod(GraphClient.prototype, 'json', pageEntries(passage, /messages\/delta|root\/delta/)),
  },
  {
    name: 'folder page',
    part: 'crawler',
    phase: 'backup',
    least: 5,
    open: (passage) => wrapMethod(GraphClient.prototype, 'json', pageEntries(passage, /mailFolders\/delta/)),
  },
  {
    name: 'change',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      ofAll(
        readers,
        'enumerate',
        streamAnswer(passage, () => namedBy<Change>('id'), isItem),
      ),
  },
  {
    name: 'content stream',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      ofAll(
        readers,
        'readContent',
        streamAnswer(passage, (_, [id]) => pieces(String(id)), isBytes),
      ),
  },
  {
    name: 'vault writer',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) => {
      const around = streamArgument(passage, 0, () => pieces(''), isBytes);
      const closers = ['writeMail', 'writeContent'].map((method) => wrapMethod(TaskWriter.prototype, method, around));
      return () => closers.forEach((close) => close());
    },
  },
  {
    name: 'record',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      wrapMethod(
        SnapshotDraft.prototype,
        'put',
        eachCall(passage, () => callsOf(0, 1)),
      ),
  },
  {
    name: 'run',
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      wrapMethod(
        RunWriter.prototype,
        'put',
        eachCall(passage, () => onlyArgument(keyed)),
      ),
  },
  {
    name: 'owed item',
    part: 'crawler',
    phase: 'backup',
    least: 1,
    needs: 'an item that cannot be read',
    // One item is owed at a time: there is no other to swap it with.
    operations: ['drop', 'duplicate'],
    open: (passage) =>
      wrapMethod(
        SnapshotDraft.prototype,
        'owe',
        eachCall(passage, () => callsOf(0, 1)),
      ),
  },
  treeMerge('items tree', 'item record'),
  treeMerge('folders tree', 'folders entry'),
];

function treeMerge(name: string, holds: string): Stage {
  return {
    name,
    part: 'crawler',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      wrapMethod(
        CodedTree.prototype,
        'editStored',
        pagesArgument<Keyed>(passage, 1, (tree) => (treeOf(tree) === holds ? keyed : undefined), isKeyed),
      ),
  };
}

function ofAll(owners: readonly object[], method: string, around: Parameters<typeof wrapMethod>[2]): () => void {
  const closers = owners.map((owner) => wrapMethod(owner, method, around));
  return () => closers.forEach((close) => close());
}

function pageEntries(passage: Passage, path: RegExp): Parameters<typeof wrapMethod>[2] {
  const packages = new Set<string>();
  return listAnswer<Entry>(passage, namedBy('id'), {
    in: (answer, [request]) => {
      if (!path.test(pathOf(request))) return undefined;
      for (const entry of listOf(answer)) if ('package' in entry) packages.add(entry.id);
      return listOf(answer).filter((entry) => isElement(entry, packages));
    },
    with: (answer, value) => ({
      ...(answer as object),
      value: [...value, ...listOf(answer).filter((entry) => !isElement(entry, packages))],
    }),
  });
}

/**
 * Entries that show an item. What tells of a removal has nothing but its id; a drive's root comes in every round as it was; a folder that
 * the service does not tell of is asked for by what lies in it; and of what lies in a package the service counts nothing.
 */
function isElement(entry: Entry, packages: ReadonlySet<string>): boolean {
  if (['@removed', 'deleted', 'root', 'folder'].some((facet) => facet in entry)) return false;
  return !packages.has(parentOf(entry));
}

function parentOf(entry: object): string {
  const parent: unknown = 'parentReference' in entry ? entry.parentReference : undefined;
  return typeof parent === 'object' && parent !== null && 'id' in parent ? String(parent.id) : '';
}

function listOf(answer: unknown): readonly Entry[] {
  const value: unknown = typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : undefined;
  return Array.isArray(value) ? (value as Entry[]) : [];
}

const pathOf = (request: unknown) =>
  typeof request === 'object' && request !== null && 'path' in request ? String(request.path) : '';

function isItem(value: unknown): value is Change {
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'item') return false;
  const record: unknown = 'record' in value ? value.record : undefined;
  return typeof record === 'object' && record !== null && 'kind' in record && !TOLD_EACH_ROUND.has(record.kind);
}

/** Calls with one argument, which is the element. */
function onlyArgument<Element>(traits: Traits<Element>): Traits<readonly unknown[]> {
  const only = (args: readonly unknown[]) => args[0] as Element;
  return {
    nameOf: (args) => traits.nameOf(only(args)),
    renamed: (args) => [traits.renamed(only(args))],
    crossed: (name, payload) => [traits.crossed(only(name), only(payload))],
    payloadOf: (args) => traits.payloadOf(only(args)),
  };
}
