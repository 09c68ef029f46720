import type { WorkloadWriter } from '@holdfast/workloads';
import type { PathFolder } from './item-paths.js';
import { targetWay } from './target-way.js';

/** More folders than this are not remembered; they are found again by asking. */
const KEPT = 20_000;

/** The live folders that stand for a snapshot's folders, each made at most once while the task runs. */
export class TargetFolders {
  readonly #ids = new Map<string, Promise<string>>();

  constructor(
    private readonly writer: WorkloadWriter,
    private readonly targetFolder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The live folder for the last of the path; made when missing, with those above it. */
  ensure(path: readonly PathFolder[]): Promise<string> {
    const key = path.at(-1)?.id ?? '';
    const known = this.#ids.get(key);
    if (known) return known;
    if (this.#ids.size >= KEPT) this.#ids.clear();
    const found = this.writer.ensureFolder(targetWay(path, this.targetFolder), this.signal);
    this.#ids.set(key, found);
    found.catch(() => this.#ids.delete(key));
    return found;
  }

  /** The live folder, if it is there. */
  find(path: readonly PathFolder[]): Promise<string | undefined> {
    return this.writer.findFolder(targetWay(path, this.targetFolder), this.signal);
  }
}
