import type { SnapshotId } from '@holdfast/kernel';
import type { Commit } from '@holdfast/vault';
import { lineage } from './environment-moves.js';
import type { Protocol } from './protocol.js';
import type { World } from './world.js';

/** What is wrong with a world; undefined where all promises hold. */
export function brokenPromise(world: World, protocol: Protocol): string | undefined {
  const { db, sealed } = world;
  const head = db.head && sealed[db.head]?.commit;
  const found = rebuildWouldTake(world, protocol);
  const line = lineage(world, head);
  return (
    dataBehindCursor(world, head) ??
    dataBehindCursor(world, found) ??
    disorderIn(line) ??
    lostPromise(world, line) ??
    wrongWinner(world, line, found) ??
    nameTaken(world)
  );
}

function rebuildWouldTake({ objects, packs, sealed }: World, { chooseHead }: Protocol): Commit | undefined {
  const listed = Object.values(objects).flatMap((snapshot) => sealed[snapshot]?.commit ?? []);
  return chooseHead(listed, (pack) => pack in packs);
}

/** The cursor passes a change only when it is stored, in a pack that is at the destination, or owed. */
function dataBehindCursor({ packs, sealed }: World, head: Commit | undefined): string | undefined {
  const content = head && sealed[head.snapshot]?.content;
  for (let change = 1; change <= (content?.cursor ?? 0); change += 1) {
    if (content?.owed.includes(change)) continue;
    const pack = content?.stored[change];
    if (pack === undefined) return `an item is lost: the cursor of ${head?.snapshot ?? ''} has passed change ${change}`;
    if (!packs[pack]?.includes(change))
      return `the cursor is ahead of the data: ${head?.snapshot ?? ''} needs ${pack} for change ${change}`;
  }
  return undefined;
}

/** From the newest to the oldest: every step back is one number, an earlier epoch, another job, and no higher generation. */
function disorderIn(line: readonly Commit[]): string | undefined {
  for (const [at, newer] of line.entries()) {
    const older = line[at + 1];
    if (newer.number !== (older?.number ?? 0) + 1) return `the numbers do not count up at ${newer.snapshot}`;
    if (!older) continue;
    if (newer.generation < older.generation) return `a zombie commits: ${newer.snapshot} follows a higher generation`;
    if (newer.epoch <= older.epoch) return `a zombie commits: ${newer.snapshot} follows a higher epoch`;
    if (line.some((other) => other !== newer && other.job === newer.job))
      return `two snapshots of one job are visible: ${newer.job}`;
  }
  return undefined;
}

/** What somebody was told is committed is in the chain, and at the destination. */
function lostPromise({ told, objects }: World, line: readonly Commit[]): string | undefined {
  const visible = new Set(Object.values(objects));
  const lost = told.find((snapshot) => !visible.has(snapshot) || !line.some((commit) => commit.snapshot === snapshot));
  return lost && `an item is lost: ${lost} was said to be committed and is not in the chain`;
}

/** Once the vault's own generation has a visible snapshot, nothing else that lies about at the destination can win. */
function wrongWinner({ db, sealed }: World, line: readonly Commit[], found: Commit | undefined): string | undefined {
  const newest = line.find(({ snapshot }) => db.snapshots[snapshot] === 'visible');
  if (newest?.generation !== db.generation || !found) return undefined;
  if (line.some(({ snapshot }) => snapshot === found.snapshot)) return undefined;
  return `a zombie wins: a rebuild would take ${found.snapshot}, which is not in the chain of ${newest.snapshot} (${Object.keys(sealed).length} sealed)`;
}

/** A stored snapshot whose name is taken at the destination can never become visible. */
function nameTaken({ db, sealed, objects }: World): string | undefined {
  for (const snapshot of Object.keys(db.snapshots) as SnapshotId[]) {
    const commit = sealed[snapshot]?.commit;
    const there = commit && objects[`${commit.generation}-${commit.number}`];
    if (there !== undefined && there !== snapshot) return `two snapshots want one name: ${snapshot} and ${there}`;
  }
  return undefined;
}

/** What is wrong with a world in which nothing moves any more. */
export function unfinished({ db, sealed, source, left }: World): string | undefined {
  const content = db.head && sealed[db.head]?.content;
  if (db.head !== undefined && db.snapshots[db.head] !== 'visible') return 'a stored snapshot never becomes visible';
  if (db.task.state !== 'done')
    return `the task makes no progress after ${left.healing === 0 ? 'many' : 'some'} leases`;
  if ((content?.cursor ?? 0) < source) return `changes are left behind at cursor ${content?.cursor ?? 0}`;
  return content && content.owed.length > 0 ? 'an item stays owed' : undefined;
}
