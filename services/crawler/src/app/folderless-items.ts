import { AppError } from '@holdfast/kernel';
import { isFolder, type ItemKind, type SnapshotBody, type SnapshotDraft } from '@holdfast/vault';
import type { Presence, WorkloadReader } from '@holdfast/workloads';
import type { ItemIntake } from './item-intake.js';
import { type Proof, PROOFS } from './removals.js';

/** Items looked up together. */
const BATCH = 100;

/**
 * Folders above one another that are lacking; nothing is nested more deeply. A path in SharePoint and OneDrive has 400 characters at most
 * (https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint-64883a5d-228e-48f5-b3d2-eb39e07630fa), a folder in it two
 * at least with its slash: 200. Folders of a mailbox are 300 deep at most
 * (https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits#mailbox-folder-limits).
 */
export const MOST_FOLDERS_ABOVE = 300;

interface Options {
  readonly draft: SnapshotDraft;
  readonly reader: Pick<WorkloadReader, 'lookUpFolder'>;
  readonly signal: AbortSignal;
}

/** Folders that the trees made last, or what is owed, name and that the snapshot would not hold. */
export async function lackingFolders(
  draft: Pick<SnapshotDraft, 'owed' | 'lackingFolders' | 'known'>,
): Promise<readonly string[]> {
  const named = new Set([...draft.owed.values()].flatMap(({ parentId }) => parentId ?? []));
  const { records } = await draft.known([...named]);
  return [...new Set([...draft.lackingFolders, ...[...named].filter((id) => !records.has(id))])];
}

/**
 * Items that would stand in a folder which the snapshot does not hold. Change tracking lost the folder: then it is asked for and
 * taken. Or it went while the task ran, after the items were told of: then they went with it.
 */
export class FolderlessItems {
  constructor(
    private readonly options: Options,
    private readonly intake: ItemIntake,
  ) {}

  /** `body`: trees just made of the draft. They have to be made again afterwards. */
  async settle(folders: readonly string[], body: SnapshotBody): Promise<void> {
    for (const folder of folders) if (!(await this.#take(folder, body))) await this.#removeFrom(folder, body);
  }

  /** What is left when nothing more can be done: the next job asks for these folders first. */
  async owe(body: SnapshotBody): Promise<void> {
    const { draft } = this.options;
    for (const id of draft.lackingFolders.filter((folder) => !draft.owed.has(folder)))
      await this.intake.owe(id, { kind: await this.#kindOfFolder(id, body) }, folderMissing());
  }

  /** Takes the folder, and those above it that are lacking too. False where it is not there; what is owed is there as far as anybody knows. */
  async #take(folder: string, body: SnapshotBody): Promise<boolean> {
    let taken = 0;
    for (let at: string | undefined = folder; at !== undefined && !(await this.#isHeld(at)); taken += 1) {
      if (this.#isTooDeep(at)) return true;
      if (taken === MOST_FOLDERS_ABOVE) {
        await this.intake.owe(at, { kind: await this.#kindOfFolder(folder, body) }, tooDeep());
        return true;
      }
      const presence = await this.#askForFolder(at, body);
      if (!presence?.present) return at !== folder || presence === undefined;
      await this.intake.take([{ type: 'item', id: at, record: presence.record }]);
      await this.intake.settle();
      at = presence.record.parentId;
    }
    return true;
  }

  /** What change tracking told to be gone took all along; of what it never told, each item is asked for as well. */
  async #removeFrom(folder: string, body: SnapshotBody): Promise<void> {
    const told = (await this.intake.known([folder]))(folder).word === 'gone';
    const proof = told ? PROOFS.unlisted : PROOFS.folderless;
    const owed = Map.groupBy(this.options.draft.owed.entries(), ([, { parentId }]) => parentId);
    const folders = [folder];
    for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
      let page: string[] = [];
      for await (const { id, kind } of this.options.draft.listed(body, at)) {
        if (isFolder(kind)) folders.push(id);
        if (page.push(id) < BATCH) continue;
        await this.#remove(page, at, proof);
        page = [];
      }
      await this.#remove(page, at, proof);
      const owedIn = owed.get(at) ?? [];
      await this.#remove(
        owedIn.map(([id]) => id),
        at,
        proof,
      );
    }
  }

  async #remove(ids: readonly string[], folder: string, proof: Proof): Promise<void> {
    const known = await this.intake.known(ids);
    for (const id of ids) {
      const item = known(id);
      const last = item.stored ?? this.options.draft.owed.get(id);
      // It turned up elsewhere meanwhile.
      if (!last || last.parentId !== folder) continue;
      const presence = proof === PROOFS.unlisted ? { present: false as const } : await this.intake.ask(id, last);
      if (presence === undefined) continue;
      if (presence.present) await this.intake.take([{ type: 'item', id, record: presence.record }]);
      else if (item.stored) await this.intake.gone(id, proof, item);
      else this.options.draft.settle(id);
    }
  }

  /** The climb broke off at this folder. The next job asks for it first, and climbs on from there. */
  #isTooDeep(id: string): boolean {
    return this.options.draft.owed.get(id)?.code === tooDeep().code;
  }

  async #isHeld(id: string): Promise<boolean> {
    return (await this.intake.known([id]))(id).stored !== undefined;
  }

  async #askForFolder(id: string, body: SnapshotBody): Promise<Presence | undefined> {
    try {
      return await this.options.reader.lookUpFolder(id, this.options.signal);
    } catch (error) {
      await this.intake.owe(id, { kind: await this.#kindOfFolder(id, body) }, error);
      return undefined;
    }
  }

  /** Folders of mail hold messages and one another, those of a drive all else. */
  async #kindOfFolder(id: string, body: SnapshotBody): Promise<ItemKind> {
    for await (const { kind } of this.options.draft.listed(body, id)) return folderOf(kind);
    const owed = this.options.draft.owed.values().find(({ parentId }) => parentId === id);
    return folderOf(owed?.kind ?? 'file');
  }
}

function folderMissing(): AppError {
  return new AppError('GRAPH_NOT_FOUND', 'Items are told of in this folder, and the service does not know it.');
}

function tooDeep(): AppError {
  const why = `The service names ever more folders above one another, more than the ${MOST_FOLDERS_ABOVE} that it allows.`;
  return new AppError('GRAPH_UNEXPECTED', why);
}

function folderOf(kind: ItemKind): ItemKind {
  return kind === 'message' || kind === 'mail-folder' || kind === 'search-folder' ? 'mail-folder' : 'drive-folder';
}
